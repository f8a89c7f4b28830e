// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Reading;

/**
 * A member of a record, and the source of its value.
 *
 * @param at the offset from the start of the record
 * @param bit the bit in `present`
 */
record RecordMember(StructLayout.Member member, int at, int bit, Node<Reading> source) {
    /** Whether every request has it. */
    boolean isAlways() {
        AtomicBoolean always = new AtomicBoolean(true);
        DiagramTraversal.leaves(source, reading -> {
            if (reading.equals(Reading.ABSENT)) {
                always.set(false);
            }
        });
        return always.get();
    }

    /** Whether no request has it. */
    boolean isNever() {
        return source instanceof Node.Leaf<Reading> leaf && leaf.value().equals(Reading.ABSENT);
    }

    /**
     * Members whose readings have the same tests, such as both ends of a packet, so that these
     * tests are shared.
     *
     * @param others for each member but the first, the node that corresponds to each node of the
     *     first member
     */
    record Group(List<RecordMember> members, List<Map<Node<Reading>, Node<Reading>>> others) {
        Group {
            members = List.copyOf(members);
            others = List.copyOf(others);
        }

        /** Returns the reading of each member at this leaf of the first member. */
        List<Reading> at(Node.Leaf<Reading> leaf) {
            List<Reading> readings = new ArrayList<>();
            readings.add(leaf.value());
            others.forEach(
                    nodes -> readings.add(((Node.Leaf<Reading>) Objects.requireNonNull(nodes.get(leaf))).value()));
            return readings;
        }
    }

    /** Groups adjacent members with the same tests. */
    static List<Group> groups(List<RecordMember> members) {
        List<Group> groups = new ArrayList<>();
        for (RecordMember member : members) {
            Map<Node<Reading>, Node<Reading>> nodes = new HashMap<>();
            int last = groups.size() - 1;
            if (last >= 0 && asksAlike(groups.get(last).members().get(0).source(), member.source(), nodes)) {
                List<RecordMember> together = new ArrayList<>(groups.get(last).members());
                List<Map<Node<Reading>, Node<Reading>>> others =
                        new ArrayList<>(groups.get(last).others());
                together.add(member);
                others.add(nodes);
                groups.set(last, new Group(together, others));
            } else {
                groups.add(new Group(List.of(member), List.of()));
            }
        }
        return groups;
    }

    private static boolean asksAlike(Node<Reading> one, Node<Reading> other, Map<Node<Reading>, Node<Reading>> nodes) {
        Node<Reading> known = nodes.putIfAbsent(one, other);
        if (known != null) {
            return known.equals(other);
        }
        if (one instanceof Node.Leaf<Reading>) {
            return other instanceof Node.Leaf<Reading>;
        }
        if (!(one instanceof Node.Split<Reading> a)
                || !(other instanceof Node.Split<Reading> b)
                || a.variable() != b.variable()
                || a.edges().size() != b.edges().size()) {
            return false;
        }
        for (int i = 0; i < a.edges().size(); i++) {
            Node.Edge<Reading> left = a.edges().get(i);
            Node.Edge<Reading> right = b.edges().get(i);
            if (left.high() != right.high() || !asksAlike(left.child(), right.child(), nodes)) {
                return false;
            }
        }
        return true;
    }
}
