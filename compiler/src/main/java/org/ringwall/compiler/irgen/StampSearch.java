// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Restrict;
import org.ringwall.compiler.diagram.Variable;

/**
 * The decision when to look up the socket's stamp. If every path through the diagram tests it, it
 * is looked up once, before everything else, since the call is needed anyway and its code then
 * exists once. Sockets without a stamp then need no open packet, if their part of the diagram reads
 * none. Otherwise it is looked up where a path first tests it, after cheaper tests.
 */
final class StampSearch {
    private final boolean first;
    private final Optional<Node<MergedDiagram.Ending>> without;

    StampSearch(MergedDiagram diagram) {
        this.first = everyWayAsks(diagram.root());
        this.without = first
                ? Optional.of(diagram.where(Map.of(Variable.STAMPED, Restrict.Range.of(0))))
                        .filter(node ->
                                DiagramTraversal.topological(node).stream().noneMatch(StampSearch::mayNeedPacket))
                : Optional.empty();
    }

    /** Whether the stamp is looked up before the first test. */
    boolean comesFirst() {
        return first;
    }

    /**
     * Returns the diagram for sockets without a stamp, if the stamp is looked up first and the
     * diagram needs no packet.
     */
    Optional<Node<MergedDiagram.Ending>> without() {
        return without;
    }

    /** Returns the facts for all other tests. */
    Map<Variable, Restrict.Range> known() {
        return without.isPresent() ? Map.of(Variable.STAMPED, Restrict.Range.of(1)) : Map.of();
    }

    /** Whether the node may read the packet: by a test, a record or a key. */
    private static boolean mayNeedPacket(Node<MergedDiagram.Ending> node) {
        if (!MergedDiagram.records(node).isEmpty()) {
            return true;
        }
        boolean keyed = node instanceof Node.PredicateTest<MergedDiagram.Ending> test
                && test.predicate().at().isEmpty();
        return keyed || Packets.asksPacket(node);
    }

    private static boolean everyWayAsks(Node<MergedDiagram.Ending> root) {
        List<Node<MergedDiagram.Ending>> open = new ArrayList<>(List.of(root));
        Set<Integer> seen = new HashSet<>();
        while (!open.isEmpty()) {
            Node<MergedDiagram.Ending> node = open.remove(open.size() - 1);
            boolean tests =
                    node instanceof Node.Split<MergedDiagram.Ending> split && split.variable() == Variable.STAMPED;
            if (node instanceof Node.Leaf) {
                return false;
            }
            if (!tests && seen.add(node.id())) {
                open.addAll(DiagramTraversal.children(node));
            }
        }
        return true;
    }
}
