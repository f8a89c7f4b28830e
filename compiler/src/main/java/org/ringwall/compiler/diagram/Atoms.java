// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The atoms of a guard as conditions on the variables of one hook (docs/semantics.md sections 1 to
 * 3). An atom on a field that the hook does not have is false.
 */
abstract class Atoms {
    private final ConditionBuilder booleans;

    Atoms(ConditionBuilder booleans) {
        this.booleans = booleans;
    }

    /**
     * Returns the atoms at a hook; at device those of a read.
     *
     * @param egress whether they are of a block `egress`, which knows less of a socket at its
     *     creation (docs/semantics.md section 6)
     */
    static Atoms at(Hook hook, ConditionBuilder booleans, boolean egress) {
        return switch (hook.context()) {
            case SOCK, SOCK_ADDR ->
                hook.call()
                        .map(call -> ofAddress(hook, call, booleans))
                        .orElseGet(() -> new SocketAtoms(booleans, egress));
            case SOCK_OPS -> new SockOpsAtoms(booleans);
            case DEVICE -> new DeviceAtoms(booleans, Request.Access.READ);
            case SYSCTL -> new SysctlAtoms(booleans);
            case SOCKOPT -> new OptionAtoms(booleans, hook == Hook.SETSOCKOPT);
            case SK_BUFF -> new PacketAtoms(booleans);
        };
    }

    private static Atoms ofAddress(Hook hook, AddressCall call, ConditionBuilder booleans) {
        return hook.isInet()
                ? new AddressAtoms(booleans, hook.is(AddressFamily.INET), call.isLocal())
                : new UnixAtoms(booleans);
    }

    final ConditionBuilder booleans() {
        return booleans;
    }

    /**
     * Returns the variable that holds the numeric field unchanged; empty for a field that is absent
     * or has a method of its own.
     */
    abstract Optional<Variable> variable(Field field);

    /** Returns the condition that the numeric field is a member of the set. */
    Node<Boolean> in(Field field, IntervalSet set) {
        return variable(field)
                .map(variable -> booleans.and(present(field, variable), booleans.member(variable, set)))
                .orElse(booleans.constant(false));
    }

    /** Returns the condition that the comparison of the numeric field with the param holds. */
    Node<Boolean> compare(Guard.CompareParam guard) {
        return variable(guard.field())
                .map(variable -> booleans.and(present(guard.field(), variable), predicate(variable, guard)))
                .orElse(booleans.constant(false));
    }

    /** Returns the condition that the request has the numeric field and its value is known. */
    Node<Boolean> there(Field field) {
        return number(field).map(variable -> present(field, variable)).orElse(booleans.constant(false));
    }

    /**
     * Returns the condition that the variable holds the field's value. A missing ancestor reads as
     * 0.
     */
    private Node<Boolean> present(Field field, Variable variable) {
        Node<Boolean> identified = identified(field);
        return variable.level() == 0
                ? identified
                : booleans.and(identified, booleans.not(booleans.member(variable, IntervalSet.of(0))));
    }

    /**
     * Returns the condition that an identity field is available: always at hooks that run in the
     * calling task, and on sockets with a stamp at other hooks. A socket's own cookie needs no
     * stamp.
     */
    Node<Boolean> identified(Field field) {
        return booleans.constant(true);
    }

    /** Returns the same condition for hooks that read stamps. */
    final Node<Boolean> stamped(Field field) {
        boolean read = field == Field.COMM
                || identity(field).filter(Variable::isStamped).isPresent();
        return read ? booleans.member(Variable.STAMPED, IntervalSet.of(1)) : booleans.constant(true);
    }

    /**
     * Returns the condition that the string field matches one of the patterns or, if `may`,
     * possibly matches one.
     */
    final Node<Boolean> matches(Guard.Matches guard, boolean may) {
        return booleans.and(identified(guard.field()), booleans.matches(string(guard.field()), guard.patterns(), may));
    }

    /**
     * Returns the variable of an identity field: it describes the calling task, or the socket's
     * creator at hooks that read stamps.
     */
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

    /** Returns the variable of a field that is one number of this struct or an identity. */
    static Optional<Variable> numberOf(ContextStruct context, Field field) {
        return Variable.of(field, context).or(() -> identity(field));
    }

    /**
     * Variables that hold an address in some requests.
     *
     * @param where the condition for those requests; the conditions of different sources are
     *     disjoint
     * @param parts a v4 address, or both halves of a raw v6 address
     */
    record AddressSource(Node<Boolean> where, List<Variable> parts) {
        boolean isV4() {
            return parts.size() == 1;
        }
    }

    /** Returns the sources of the address field; empty if the hook does not have the field. */
    List<AddressSource> addresses(Field field) {
        return List.of();
    }

    /** Returns the members of the set that a raw v6 address of this hook can equal. */
    IntervalSet wide(AddressSet set) {
        return raw(set);
    }

    /** Returns the condition that the address field is a member of the set. */
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

    /** Returns the condition that the device is in one of the ranges. */
    Node<Boolean> deviceIn(Guard.DeviceIn guard) {
        return booleans.constant(false);
    }

    /**
     * Returns the condition that the request has the field, that its value is inside the set's
     * declared range, and that an entry of the live set covers it.
     */
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

    /**
     * Returns the condition that the numeric field is a member of the range and of the live set.
     */
    Node<Boolean> inLive(Field field, IntervalSet within, LiveSet set) {
        return number(field)
                .map(variable -> booleans.and(in(field, within), booleans.inLive(set, List.of(variable))))
                .orElse(booleans.constant(false));
    }

    /** Returns the variable that holds the numeric field in requests that have it. */
    Optional<Variable> number(Field field) {
        return variable(field);
    }

    /**
     * Returns the condition that an entry of the live set covers the address field, from whichever
     * source.
     */
    private Node<Boolean> addressInLive(Field field, LiveSet set) {
        return anyAddress(field, source -> booleans.inLive(set, source.parts()));
    }

    /** Returns the variable that holds the class of the string field. */
    static Variable string(Field field) {
        return switch (field) {
            case NAME -> Variable.NAME;
            case VALUE -> Variable.VALUE;
            case NEW_VALUE -> Variable.NEW_VALUE;
            case COMM -> Variable.COMM;
            case PATH -> Variable.PATH;
            default -> throw new IllegalStateException("`" + field.text() + "` is not a string");
        };
    }

    /**
     * Returns the condition that an atom on this field is unknown. It is false except for egress at
     * socket creation and for packets.
     */
    Node<Boolean> unknown(Field field) {
        return booleans.constant(false);
    }

    /**
     * Returns the comparison on a variable. NE, GT and GE become the negation of their canonical
     * opposite.
     */
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

    /** Returns the condition that the protocol has ports. */
    final Node<Boolean> hasPorts() {
        return booleans.member(Variable.PROTOCOL, Protocols.WITH_PORTS);
    }

    /**
     * Returns the set as raw 128-bit addresses of a `6` hook, with v4 members in v4-mapped form.
     */
    static IntervalSet raw(AddressSet set) {
        List<Interval> mapped = set.v4().intervals().stream()
                .map(interval -> new Interval(Protocols.mapped(interval.low()), Protocols.mapped(interval.high())))
                .toList();
        return set.v6().union(IntervalSet.of(mapped));
    }
}
