// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.AddressSet;

/**
 * A test of the destination in which "any" takes the branch of 127.0.0.1 and is distinguished only
 * there. Only requests that are allowed like those to 127.0.0.1 pay for the extra comparison, and
 * the form of the test is the one without the write.
 *
 * @param split the test without a branch for "any"
 * @param number the value of "any" in this variable
 * @param itself the child for "any"
 * @param usual the child for all other numbers with the same verdict
 */
record AnyDestination(
        Node.Split<MergedDiagram.Ending> split,
        long number,
        Node<MergedDiagram.Ending> itself,
        Node<MergedDiagram.Ending> usual) {
    /**
     * Returns the two-step form of the test; empty if the test has no branch for "any", or if no
     * other branch equals it but for the write.
     */
    static Optional<AnyDestination> in(Node.Split<MergedDiagram.Ending> split, MergedDiagram diagram) {
        Optional<Long> number = number(split.variable());
        if (number.isEmpty()) {
            return Optional.empty();
        }
        long low = 0;
        for (Node.Edge<MergedDiagram.Ending> edge : split.edges()) {
            if (low == number.get() && edge.high() == low) {
                return of(split, edge, diagram.withoutJudgedAs(edge.child()), diagram);
            }
            low = edge.high() + 1;
        }
        return Optional.empty();
    }

    private static Optional<Long> number(Variable variable) {
        return switch (variable) {
            case IP4 -> Optional.of(0L);
            case IP6_LOW -> Optional.of(AddressSet.MAPPED_LOW.low());
            default -> Optional.empty();
        };
    }

    private static Optional<AnyDestination> of(
            Node.Split<MergedDiagram.Ending> split,
            Node.Edge<MergedDiagram.Ending> any,
            Node<MergedDiagram.Ending> usual,
            MergedDiagram diagram) {
        Set<Node<MergedDiagram.Ending>> others = new HashSet<>();
        split.edges().stream().filter(edge -> edge != any).forEach(edge -> others.add(edge.child()));
        if (others.size() < 2 || !others.contains(usual)) {
            return Optional.empty();
        }
        List<Node.Edge<MergedDiagram.Ending>> edges = new ArrayList<>();
        for (Node.Edge<MergedDiagram.Ending> edge : split.edges()) {
            edges.add(new Node.Edge<>(edge.high(), edge == any ? usual : edge.child()));
        }
        Node.Split<MergedDiagram.Ending> without =
                (Node.Split<MergedDiagram.Ending>) diagram.split(split.variable(), edges);
        return Optional.of(new AnyDestination(without, any.high(), any.child(), usual));
    }

    /** Ends the open block with both tests. */
    void end(Path path, Function<Node<MergedDiagram.Ending>, BlockId> name) {
        BlockId either = path.name();
        path.split(split, path.read(split.variable()), node -> node == usual ? either : name.apply(node));
        path.open(either);
        // The first test may be merged with earlier ones, and its value then has no definition
        // here. If the first test is kept, one of the two reads is removed.
        Value value = path.read(split.variable());
        CaseList cases = new CaseList();
        if (number > 0) {
            cases.add(number - 1, name.apply(usual));
        }
        path.end(cases.add(number, name.apply(itself))
                .add(split.variable().max(), name.apply(usual))
                .on(value));
    }
}
