package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The atoms of a guard as conditions on one hook's variables (docs/semantics.md sections 1 to 3). An atom on a field
 * that the hook does not have is false.
 */
abstract class Atoms {
    private final Booleans booleans;

    Atoms(Booleans booleans) {
        this.booleans = booleans;
    }

    final Booleans booleans() {
        return booleans;
    }

    /** The variable that holds the numeric field as it is; empty for a field that is absent or needs a method of its own. */
    abstract Optional<Variable> variable(Field field);

    /** The numeric field is a member. */
    Node<Boolean> in(Field field, IntervalSet set) {
        return variable(field)
                .map(variable -> booleans.and(present(field, variable), booleans.member(variable, set)))
                .orElse(booleans.constant(false));
    }

    /** The numeric field compares so with the param. */
    Node<Boolean> compare(Guard.CompareParam guard) {
        return variable(guard.field())
                .map(variable -> booleans.and(present(guard.field(), variable), predicate(variable, guard)))
                .orElse(booleans.constant(false));
    }

    /** Where the request has the numeric field and its value is known. */
    Node<Boolean> there(Field field) {
        return number(field).map(variable -> present(field, variable)).orElse(booleans.constant(false));
    }

    /** Where the variable's value is the field's: an ancestor that is not there reads as 0. */
    private Node<Boolean> present(Field field, Variable variable) {
        Node<Boolean> identified = identified(field);
        return variable.level() == 0
                ? identified
                : booleans.and(identified, booleans.not(booleans.member(variable, IntervalSet.of(0))));
    }

    /**
     * Where the request has the field, as far as identity goes: everywhere at hooks that run in the asking task, on a
     * socket with a stamp at others. A socket's own cookie needs no stamp.
     */
    Node<Boolean> identified(Field field) {
        return booleans.constant(true);
    }

    /** The same at hooks that read stamps. */
    final Node<Boolean> stamped(Field field) {
        boolean read = field == Field.COMM
                || identity(field).filter(Variable::isStamped).isPresent();
        return read ? booleans.member(Variable.STAMPED, IntervalSet.of(1)) : booleans.constant(true);
    }

    /** The string field matches one of the patterns, or may do so. */
    final Node<Boolean> matches(Guard.Matches guard, boolean may) {
        return booleans.and(identified(guard.field()), booleans.matches(string(guard.field()), guard.patterns(), may));
    }

    /** Who asks, at hooks that run in the asking task; who made the socket, at those that read its stamp. */
    static Optional<Variable> identity(Field field) {
        return switch (field) {
            case UID -> Optional.of(Variable.UID);
            case GID -> Optional.of(Variable.GID);
            case PID -> Optional.of(Variable.PID);
            case CGROUP -> Optional.of(Variable.CGROUP);
            case NETNS -> Optional.of(Variable.NETNS);
            case COOKIE -> Optional.of(Variable.COOKIE);
            default -> field.level() == 0 ? Optional.empty() : Optional.of(Variable.ancestor(field.level()));
        };
    }

    /**
     * Variables that hold an address in some requests.
     *
     * @param where those requests; no request is of two sources
     * @param parts a v4 address, or both halves of a raw v6 address
     */
    record AddressSource(Node<Boolean> where, List<Variable> parts) {
        boolean isV4() {
            return parts.size() == 1;
        }
    }

    /** Where the address field is read; none where the hook has no such field. */
    List<AddressSource> addresses(Field field) {
        return List.of();
    }

    /** The addresses of a set that a raw v6 address may be. */
    IntervalSet wide(AddressSet set) {
        return raw(set);
    }

    /** The address field is a member. */
    final Node<Boolean> addressIn(Field field, AddressSet set) {
        return anyAddress(
                field,
                source -> source.isV4()
                        ? booleans.member(source.parts().get(0), set.v4())
                        : booleans.wideMember(
                                source.parts().get(0), source.parts().get(1), wide(set)));
    }

    private Node<Boolean> anyAddress(Field field, Function<AddressSource, Node<Boolean>> test) {
        return booleans.any(addresses(field).stream()
                .map(source -> booleans.and(source.where(), test.apply(source)))
                .toList());
    }

    /** The device is in one of the ranges. */
    Node<Boolean> deviceIn(Guard.DeviceIn guard) {
        return booleans.constant(false);
    }

    /** An entry of the live set covers the field, which is there and inside the set's range. */
    final Node<Boolean> inLive(Guard.InLive guard) {
        LiveSet set = guard.set();
        return switch (set.type()) {
            case NET, IP -> {
                AddressSet within = set.within()
                        .map(members -> ((LiveMembers.Nets) members).set())
                        .orElse(AddressSet.ALL);
                yield booleans.and(addressIn(guard.field(), within), addressInLive(guard.field(), set));
            }
            case DEVICE -> {
                Node<Boolean> covered =
                        booleans.inLive(set, List.of(Variable.DEV_TYPE, Variable.MAJOR, Variable.MINOR));
                yield set.within()
                        .map(members -> new Guard.DeviceIn(((LiveMembers.Devices) members).ranges()))
                        .map(within -> booleans.and(deviceIn(within), covered))
                        .orElse(covered);
            }
            case PORT, UID, GID, INT, CGROUP, NETNS -> {
                IntervalSet within = set.within()
                        .map(members -> ((LiveMembers.Numbers) members).set())
                        .orElse(IntervalSet.range(0, guard.field().type().max()));
                yield inLive(guard.field(), within, set);
            }
        };
    }

    /** The numeric field is a member of the range and of the live set. */
    Node<Boolean> inLive(Field field, IntervalSet within, LiveSet set) {
        return number(field)
                .map(variable -> booleans.and(in(field, within), booleans.inLive(set, List.of(variable))))
                .orElse(booleans.constant(false));
    }

    /** The variable that holds the numeric field where the request has it. */
    Optional<Variable> number(Field field) {
        return variable(field);
    }

    /** An entry of the live set covers the address field, wherever it is read from. */
    private Node<Boolean> addressInLive(Field field, LiveSet set) {
        return anyAddress(field, source -> booleans.inLive(set, source.parts()));
    }

    /** The variable that holds the string field's class. */
    static Variable string(Field field) {
        return switch (field) {
            case NAME -> Variable.NAME;
            case VALUE -> Variable.VALUE;
            case NEW_VALUE -> Variable.NEW_VALUE;
            case COMM -> Variable.COMM;
            case PATH -> Variable.PATH;
            default -> throw new IllegalStateException("`" + field.text() + "` is no string");
        };
    }

    /** Where an atom on this field has no answer: nowhere, save for egress at socket creation and malformed packets. */
    Node<Boolean> unknown(Field field) {
        return booleans.constant(false);
    }

    /** The comparison on a variable, after its opposite where that is the canonical one. */
    final Node<Boolean> predicate(Variable variable, Guard.CompareParam guard) {
        return switch (guard.comparison()) {
            case EQ, LT, LE ->
                booleans.compare(new Predicate.CompareParam(variable, guard.comparison(), guard.param()));
            case NE -> opposite(variable, guard, Comparison.EQ);
            case GT -> opposite(variable, guard, Comparison.LE);
            case GE -> opposite(variable, guard, Comparison.LT);
        };
    }

    private Node<Boolean> opposite(Variable variable, Guard.CompareParam guard, Comparison comparison) {
        return booleans.not(booleans.compare(new Predicate.CompareParam(variable, comparison, guard.param())));
    }

    /** The protocols that have ports. */
    final Node<Boolean> hasPorts() {
        return booleans.member(Variable.PROTOCOL, Protocols.WITH_PORTS);
    }

    /** Every set as the raw 128 bits of a `6` hook. */
    static IntervalSet raw(AddressSet set) {
        List<Interval> mapped = set.v4().intervals().stream()
                .map(interval -> new Interval(Protocols.mapped(interval.low()), Protocols.mapped(interval.high())))
                .toList();
        return set.v6().union(IntervalSet.of(mapped));
    }
}
