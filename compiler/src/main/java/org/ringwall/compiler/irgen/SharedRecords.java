// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;

/**
 * The leaves that make one record each, which differ only in its rule. Such a leaf notes the rule,
 * and the code of the record, which is long, exists once for all of them. Limits of records have
 * state of their own for each rule, so that leaves with one are not among them.
 */
final class SharedRecords {
    /** The number of leaves from which they share their code. */
    private static final int MANY = 3;

    private final Flow flow;
    private final Map<Kind, Integer> leaves = new HashMap<>();
    private final Map<Kind, Shared> shared = new LinkedHashMap<>();

    /** What leaves have in common. */
    private record Kind(SharedLeaves.Tail tail, Verdict verdict, boolean monitored) {}

    /** The code of some leaves, and the first of them. */
    private record Shared(BlockId block, MergedDiagram.Ending first) {}

    SharedRecords(Flow flow, List<Node<MergedDiagram.Ending>> nodes) {
        this.flow = flow;
        for (Node<MergedDiagram.Ending> node : nodes) {
            if (node instanceof Node.Leaf<MergedDiagram.Ending> leaf && isOne(leaf.value())) {
                leaves.merge(kind(leaf.value()), 1, Integer::sum);
            }
        }
    }

    /** A length of an option's value that was read before would not be known in shared code. */
    private boolean isOne(MergedDiagram.Ending ending) {
        return flow.length().isEmpty()
                && ending.records().size() == 1
                && ending.records().get(0).verdict().isPresent()
                && ending.records().get(0).effect() instanceof Effect.Log log
                && log.limit().isEmpty();
    }

    private static Kind kind(MergedDiagram.Ending ending) {
        Recording record = ending.records().get(0);
        return new Kind(SharedLeaves.tail(ending), record.verdict().orElseThrow(), record.monitored());
    }

    /** Returns whether this leaf shares its code. */
    boolean takes(MergedDiagram.Ending ending) {
        return isOne(ending) && leaves.getOrDefault(kind(ending), 0) >= MANY;
    }

    /** Ends the path of a leaf with a note of its rule. */
    void note(Path path, MergedDiagram.Ending ending) {
        new RecordCode(flow, path).note(ending.records().get(0));
        path.go(shared.computeIfAbsent(kind(ending), kind -> new Shared(path.name(), ending))
                .block());
    }

    /** The code of a leaf at the end of a path. */
    interface Leaf {
        void end(Path path, MergedDiagram.Ending ending);
    }

    /** Adds the code to which all notes lead. */
    void finish(Leaf code) {
        shared.values().forEach(each -> code.end(flow.path(each.block(), flow.header()), each.first()));
    }
}
