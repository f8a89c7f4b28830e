// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * The sources of field values for keys and records at one hook, as small diagrams. The value is the
 * one that a guard tests. A destination "any" reads as the first of the addresses by which it is
 * judged (docs/semantics.md section 12).
 */
public final class FieldReadings {
    private final Hook hook;
    private final boolean egress;
    private final Fit fit;
    private final ConditionBuilder booleans = new ConditionBuilder(Map.of());
    private final NodeTable<Reading> forest = new NodeTable<>();
    private final Node<Reading> absent = forest.leaf(Reading.ABSENT);

    private FieldReadings(Hook hook, boolean egress, Fit fit) {
        this.hook = hook;
        this.egress = egress;
        this.fit = fit;
    }

    /** A simplification of tests on variables that cannot have all of their values. */
    public interface Fit {
        /**
         * Returns edges that cover the variable and agree with these for every value that can
         * occur.
         */
        List<Node.Edge<Reading>> fit(Variable variable, List<Node.Edge<Reading>> edges);
    }

    public static FieldReadings at(Hook hook) {
        return new FieldReadings(hook, false, (variable, edges) -> edges);
    }

    /**
     * Returns the readings for a rule of this block. In an `egress` block, less is known about a
     * socket at its creation (docs/semantics.md section 6).
     */
    public static FieldReadings at(Hook hook, Block block) {
        boolean egress = block.target() instanceof Block.Target.OfIntent target && target.intent() == Intent.EGRESS;
        return new FieldReadings(hook, egress && hook == Hook.SOCK_CREATE, (variable, edges) -> edges);
    }

    /** Returns the same readings with tests simplified by `shorter`. */
    public FieldReadings fitted(Fit shorter) {
        return new FieldReadings(hook, egress, shorter);
    }

    /**
     * Returns the reading of the field; {@link Reading.Absent} alone if the hook does not have it.
     */
    public Node<Reading> of(Field field) {
        return fitted(whole(field), new HashMap<>());
    }

    private Node<Reading> fitted(Node<Reading> node, Map<Node<Reading>, Node<Reading>> done) {
        Node<Reading> known = done.get(node);
        if (known != null || !(node instanceof Node.Split<Reading> split)) {
            return known == null ? node : known;
        }
        List<Node.Edge<Reading>> edges = split.edges().stream()
                .map(edge -> new Node.Edge<>(edge.high(), fitted(edge.child(), done)))
                .toList();
        Node<Reading> made = forest.split(split.variable(), fit.fit(split.variable(), edges));
        done.put(node, made);
        return made;
    }

    private Node<Reading> whole(Field field) {
        if (!HookFields.at(hook).contains(field)) {
            return absent;
        } else if (field == Field.COMM) {
            return where(Atoms.at(hook, booleans, egress).identified(field), forest.leaf(new Reading.Comm()));
        } else if (field.type() == FieldType.ADDRESS) {
            return anyIsLoopback(field, address(field));
        } else if (field == Field.FAMILY && hook.isInet()) {
            return family();
        }
        return number(field);
    }

    /** Returns whether the key has addresses and each of them is IPv4 in every request. */
    public boolean isV4(Key key) {
        List<Field> addresses = key.fields().stream()
                .filter(field -> field.type() == FieldType.ADDRESS)
                .toList();
        return !addresses.isEmpty()
                && addresses.stream()
                        .flatMap(field -> DiagramTraversal.topological(of(field)).stream())
                        .allMatch(node -> !(node instanceof Node.Leaf<Reading> leaf) || isV4(leaf.value()));
    }

    private static boolean isV4(Reading reading) {
        return reading instanceof Reading.V4
                || reading instanceof Reading.Address address && Protocols.MAPPED.contains(address.bits());
    }

    /** Returns the reading of a numeric member of a record of this kind. */
    public Node<Reading> ofMember(EventKind kind, String member) {
        return switch (member) {
            case "remote_ip" -> of(Field.REMOTE_IP);
            case "local_ip" -> of(Field.LOCAL_IP);
            case "remote_port" -> of(Field.REMOTE_PORT);
            case "local_port" -> of(Field.LOCAL_PORT);
            case "proto" -> of(Field.PROTO);
            case "family" -> of(Field.FAMILY);
            case "type" -> of(kind == EventKind.DEVICE ? Field.DEV_TYPE : Field.TYPE);
            case "access" -> forest.leaf(new Reading.Number(Variable.ACCESS));
            case "major" -> of(Field.DEV_MAJOR);
            case "minor" -> of(Field.DEV_MINOR);
            case "write" ->
                forest.leaf(
                        kind == EventKind.SYSCTL
                                ? new Reading.Number(Variable.WRITE)
                                : new Reading.Constant(hook == Hook.SETSOCKOPT ? 1 : 0));
            case "level" -> of(Field.LEVEL);
            case "optname" -> of(Field.OPTNAME);
            case "optlen" -> of(Field.OPTLEN);
            case "optval" -> of(Field.OPTVAL);
            case "retval" -> of(Field.RETVAL);
            case "length" -> of(Field.LEN);
            case "ifindex" -> of(Field.IFINDEX);
            case "event" -> forest.leaf(new Reading.Number(Variable.OP));
            case "state" -> of(Field.STATE);
            default -> throw new IllegalArgumentException("no number of a record: `" + member + "`");
        };
    }

    /** Returns the variables that the reading of a field may use. */
    public Set<Variable> variables(Field field) {
        return variables(of(field));
    }

    /** Returns the variables that a reading may use. */
    public static Set<Variable> variables(Node<Reading> root) {
        Set<Variable> all = EnumSet.noneOf(Variable.class);
        for (Node<Reading> node : DiagramTraversal.topological(root)) {
            if (node instanceof Node.Split<Reading> split) {
                all.add(split.variable());
            } else if (node instanceof Node.Leaf<Reading> leaf) {
                all.addAll(variables(leaf.value()));
            }
        }
        return all;
    }

    private static Set<Variable> variables(Reading reading) {
        if (reading instanceof Reading.Number number) {
            return EnumSet.of(number.variable());
        } else if (reading instanceof Reading.Negated negated) {
            return EnumSet.of(negated.variable());
        } else if (reading instanceof Reading.V4 v4) {
            return EnumSet.of(v4.variable());
        } else if (reading instanceof Reading.V6 v6) {
            return EnumSet.of(v6.high(), v6.low());
        }
        return reading instanceof Reading.Comm ? EnumSet.of(Variable.COMM) : EnumSet.noneOf(Variable.class);
    }

    private Node<Reading> number(Field field) {
        Atoms atoms = Atoms.at(hook, booleans, egress);
        return switch (field) {
            case OPTLEN ->
                where(
                        booleans.member(Variable.OPTLEN, OptionAtoms.LENGTHS),
                        forest.leaf(new Reading.Number(Variable.OPTLEN)));
            case OPTVAL ->
                forest.combine(
                        where(
                                booleans.member(Variable.OPTLEN, OptionAtoms.WITH_WORD),
                                forest.leaf(new Reading.Number(Variable.OPTVAL))),
                        where(
                                booleans.member(Variable.OPTLEN, OptionAtoms.WITH_BYTE),
                                forest.leaf(new Reading.Number(Variable.SHORT_OPTVAL))),
                        FieldReadings::either);
            case RETVAL -> hook == Hook.SETSOCKOPT ? absent : errno();
            default -> {
                Optional<Variable> variable = atoms.number(field);
                Node<Boolean> known = booleans.and(atoms.there(field), booleans.not(atoms.unknown(field)));
                yield variable.map(read -> where(known, forest.leaf(new Reading.Number(read))))
                        .orElse(absent);
            }
        };
    }

    /** Returns the errno, or 0 for every result that is not an error. */
    private Node<Reading> errno() {
        return where(
                booleans.member(Variable.RETVAL, IntervalSet.range(0, Integer.MAX_VALUE)),
                forest.leaf(new Reading.Constant(0)),
                where(
                        booleans.member(
                                Variable.RETVAL, OptionAtoms.errnos(IntervalSet.range(1, OptionAtoms.MAX_ERRNO))),
                        forest.leaf(new Reading.Negated(Variable.RETVAL))));
    }

    private static Reading either(Reading first, Reading second) {
        return first.equals(Reading.ABSENT) ? second : first;
    }

    private Node<Reading> family() {
        Node<Reading> inet = forest.leaf(new Reading.Constant(Protocols.INET));
        Node<Reading> inet6 = forest.leaf(new Reading.Constant(Protocols.INET6));
        return hook.is(AddressFamily.INET) ? inet : where(booleans.wideMember(Protocols.MAPPED), inet, inet6);
    }

    private Node<Reading> address(Field field) {
        Node<Reading> reading = absent;
        for (Atoms.AddressSource source : Atoms.at(hook, booleans, egress).addresses(field)) {
            List<Variable> parts = source.parts();
            Reading there = source.isV4() ? new Reading.V4(parts.get(0)) : new Reading.V6(parts.get(0), parts.get(1));
            reading = where(source.where(), forest.leaf(there), reading);
        }
        return reading;
    }

    private Node<Reading> anyIsLoopback(Field field, Node<Reading> reading) {
        if (field != Field.REMOTE_IP || !hook.hasDestination()) {
            return reading;
        }
        Node<Reading> loopback4 = known(Protocols.mapped(U128.of(Protocols.LOOPBACK4)));
        if (hook.is(AddressFamily.INET)) {
            return where(booleans.member(Variable.IP4, IntervalSet.of(0)), loopback4, reading);
        }
        Node<Reading> mapped = where(booleans.wideMember(single(Protocols.mapped(U128.ZERO))), loopback4, reading);
        return where(booleans.wideMember(single(U128.ZERO)), known(U128.of(1)), mapped);
    }

    private static IntervalSet single(U128 address) {
        return IntervalSet.of(new Interval(address, address));
    }

    private Node<Reading> known(U128 address) {
        return forest.leaf(new Reading.Address(address));
    }

    private Node<Reading> where(Node<Boolean> condition, Node<Reading> held) {
        return where(condition, held, absent);
    }

    private Node<Reading> where(Node<Boolean> condition, Node<Reading> held, Node<Reading> failed) {
        return forest.choose(condition, held, failed);
    }
}
