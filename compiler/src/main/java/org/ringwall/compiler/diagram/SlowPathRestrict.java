// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.IpProtocol;

/**
 * A restriction of diagrams to packets of which at least one variable has a value that no plain
 * packet has. A path on which all of these variables have plain values gets the decision of a
 * neighbour, so that it needs no test. The decision for all other packets does not change.
 *
 * @param <T> the values of the leaves
 */
public final class SlowPathRestrict<T> {
    private static final int TCP = IpProtocol.TCP.number();

    private final NodeTable<T> forest;
    private final Map<Variable, Restrict.Range> plain;
    private final Map<Key, Optional<Node<T>>> done = new HashMap<>();

    /** A node and the variables that may still have a value that is not plain. */
    private record Key(int node, Set<Variable> open) {}

    /** Creates a restriction in this forest; plain packets have these values. */
    public SlowPathRestrict(NodeTable<T> forest, Map<Variable, Restrict.Range> plain) {
        this.forest = forest;
        this.plain = Map.copyOf(plain);
    }

    /**
     * Returns the diagram for packets that are not plain, or the unchanged diagram if there are
     * none.
     */
    public Node<T> of(Node<T> node) {
        return of(node, plain.keySet()).orElse(node);
    }

    /** Returns empty if no such packet reaches the node. */
    private Optional<Node<T>> of(Node<T> node, Set<Variable> open) {
        if (open.isEmpty()) {
            return Optional.empty();
        }
        Key key = new Key(node.id(), Set.copyOf(open));
        Optional<Node<T>> made = done.get(key);
        if (made == null) {
            made = node.accept(new Step(open));
            done.put(key, made);
        }
        return made;
    }

    /**
     * Returns the variables that may still have other values, given that this one is plain and in
     * the range.
     */
    private static Set<Variable> without(Set<Variable> open, Variable variable, Restrict.Range range) {
        Set<Variable> left = EnumSet.copyOf(open);
        left.remove(variable);
        switch (variable) {
            case PACKET_PROTOCOL -> {
                left.remove(Variable.PACKET_FAMILY);
                if (range.low() > TCP || range.high() < TCP) {
                    left.remove(Variable.PACKET_FLAGS_CUT);
                }
            }
            // Without a header no protocol is known, and without a protocol nothing after it
            // (PacketStates).
            case PACKET_FRAGMENT, PACKET_TRANSPORT -> {
                left.remove(Variable.PACKET_FAMILY);
                left.remove(Variable.PACKET_PROTOCOL);
            }
            default -> {}
        }
        return left;
    }

    private final class Step implements Node.Visitor<T, Optional<Node<T>>> {
        private final Set<Variable> open;

        Step(Set<Variable> open) {
            this.open = open;
        }

        @Override
        public Optional<Node<T>> leaf(Node.Leaf<T> leaf) {
            return Optional.of(leaf);
        }

        @Override
        public Optional<Node<T>> split(Node.Split<T> split) {
            if (split.variable().compareTo(Variable.PACKET_FLAGS_CUT) > 0) {
                return Optional.of(split);
            }
            List<Long> highs = new ArrayList<>();
            List<Optional<Node<T>>> children = new ArrayList<>();
            long low = 0;
            for (Node.Edge<T> edge : split.edges()) {
                for (long high : ends(split.variable(), low, edge.high())) {
                    highs.add(high);
                    children.add(piece(split.variable(), new Restrict.Range(low, high), edge.child()));
                    low = high + 1;
                }
            }
            return joined(split.variable(), highs, children);
        }

        /** Returns the ends of the parts of an interval below, inside and above the plain range. */
        private List<Long> ends(Variable variable, long low, long high) {
            Restrict.Range range = plain.get(variable);
            if (range == null) {
                return List.of(high);
            }
            List<Long> ends = new ArrayList<>();
            for (long end : List.of(range.low() - 1, range.high())) {
                if (end >= low && end < high) {
                    ends.add(end);
                }
            }
            ends.add(high);
            return ends;
        }

        private Optional<Node<T>> piece(Variable variable, Restrict.Range values, Node<T> child) {
            Restrict.Range range = plain.get(variable);
            if (range == null) {
                return of(child, open);
            }
            boolean within = values.low() >= range.low() && values.high() <= range.high();
            return within ? of(child, without(open, variable, values)) : Optional.of(child);
        }

        private Optional<Node<T>> joined(Variable variable, List<Long> highs, List<Optional<Node<T>>> children) {
            List<Node.Edge<T>> edges = new ArrayList<>();
            Optional<Node<T>> first =
                    children.stream().flatMap(Optional::stream).findFirst();
            if (first.isEmpty()) {
                return first;
            }
            Node<T> last = first.get();
            for (int i = 0; i < highs.size(); i++) {
                Node<T> child = children.get(i).orElse(last);
                edges.add(new Node.Edge<>(highs.get(i), child));
                last = child;
            }
            return Optional.of(forest.split(variable, edges));
        }

        @Override
        public Optional<Node<T>> then(Node.Then<T> then) {
            return of(then.next(), plain.keySet()).map(next -> forest.then(then.noted(), next));
        }

        @Override
        public Optional<Node<T>> test(Node.PredicateTest<T> test) {
            Optional<Node<T>> yes = of(test.yes(), open);
            Optional<Node<T>> no = of(test.no(), open);
            if (yes.isEmpty() && no.isEmpty()) {
                return yes;
            }
            return Optional.of(forest.test(test.predicate(), yes.orElse(test.yes()), no.orElse(test.no())));
        }
    }
}
