package org.ringwall.compiler.lower;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.diagram.Narrowing;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.diagram.Walk;

/**
 * When a program looks for the socket's stamp. Where every way through the diagram asks for it, it is looked for once, before
 * all else: the call would come anyhow, and its code stands in one place. What is decided about sockets without a stamp then needs no
 * packet to be opened, if it asks nothing of one. Elsewhere it is looked for where the first way asks, behind tests that cost less.
 */
final class StampSearch {
    private final boolean first;
    private final Optional<Node<MergedDiagram.Ending>> without;

    StampSearch(MergedDiagram diagram) {
        this.first = everyWayAsks(diagram.root());
        this.without = first
                ? Optional.of(diagram.where(Map.of(Variable.STAMPED, Narrowing.Range.of(0))))
                        .filter(node -> Walk.topological(node).stream().noneMatch(StampSearch::mayNeedPacket))
                : Optional.empty();
    }

    /** Whether the stamp is looked for before the first test. */
    boolean comesFirst() {
        return first;
    }

    /** What is decided about sockets without a stamp, if that can be told apart before the first test. */
    Optional<Node<MergedDiagram.Ending>> without() {
        return without;
    }

    /** What all other tests know. */
    Map<Variable, Narrowing.Range> known() {
        return without.isPresent() ? Map.of(Variable.STAMPED, Narrowing.Range.of(1)) : Map.of();
    }

    /** Whether something may have to be known of the packet there: by a test, a record or a key. */
    private static boolean mayNeedPacket(Node<MergedDiagram.Ending> node) {
        if (!MergedDiagram.records(node).isEmpty()) {
            return true;
        }
        boolean keyed = node instanceof Node.Ask<MergedDiagram.Ending> ask
                && ask.predicate().at().isEmpty();
        return keyed || Packets.asksPacket(node);
    }

    private static boolean everyWayAsks(Node<MergedDiagram.Ending> root) {
        List<Node<MergedDiagram.Ending>> open = new ArrayList<>(List.of(root));
        Set<Integer> seen = new HashSet<>();
        while (!open.isEmpty()) {
            Node<MergedDiagram.Ending> node = open.remove(open.size() - 1);
            boolean asks =
                    node instanceof Node.Split<MergedDiagram.Ending> split && split.variable() == Variable.STAMPED;
            if (node instanceof Node.Leaf) {
                return false;
            }
            if (!asks && seen.add(node.id())) {
                open.addAll(Walk.children(node));
            }
        }
        return true;
    }
}
