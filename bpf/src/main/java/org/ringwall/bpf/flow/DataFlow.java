// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.ringwall.bpf.flow.ControlFlowGraph.Block;

/** The least solution of an analysis: a fact before and after every instruction. */
public final class DataFlow<V> {
    private final ControlFlowGraph graph;
    private final List<V> before;
    private final List<V> after;

    private DataFlow(ControlFlowGraph graph, List<V> before, List<V> after) {
        this.graph = graph;
        this.before = before;
        this.after = after;
    }

    /** Solves an analysis along the control flow, from each entry. */
    public static <V> DataFlow<V> forward(ControlFlowGraph graph, Analysis<V> analysis) {
        return new Solver<>(graph, analysis, true).solve();
    }

    /** Solves an analysis against the control flow, from each instruction without a successor. */
    public static <V> DataFlow<V> backward(ControlFlowGraph graph, Analysis<V> analysis) {
        return new Solver<>(graph, analysis, false).solve();
    }

    /**
     * Returns the fact before the instruction that begins at this slot; bottom if it is
     * unreachable.
     */
    public V before(int slot) {
        return before.get(graph.index(slot));
    }

    /**
     * Returns the fact after the instruction that begins at this slot; bottom if it is unreachable.
     */
    public V after(int slot) {
        return after.get(graph.index(slot));
    }

    /**
     * A worklist solver that takes blocks in flow order, so that a block waits for its
     * predecessors, except across back edges.
     */
    private static final class Solver<V> {
        private final ControlFlowGraph graph;
        private final Analysis<V> analysis;
        private final boolean forward;
        private final List<Integer> order;
        private final int[] place;
        /**
         * The facts at the start of blocks in flow direction, joined over the edges walked so far.
         */
        private final List<V> inputs;

        private final List<V> before;
        private final List<V> after;

        Solver(ControlFlowGraph graph, Analysis<V> analysis, boolean forward) {
            this.graph = graph;
            this.analysis = analysis;
            this.forward = forward;
            this.order = new ArrayList<>(graph.reversePostorder());
            if (!forward) {
                Collections.reverse(order);
            }
            this.place = new int[graph.blocks().size()];
            Arrays.fill(place, -1);
            for (int i = 0; i < order.size(); i++) {
                place[order.get(i)] = i;
            }
            this.inputs = bottoms(graph.blocks().size());
            this.before = bottoms(graph.insns().size());
            this.after = bottoms(graph.insns().size());
        }

        private List<V> bottoms(int count) {
            return new ArrayList<>(Collections.nCopies(count, analysis.bottom()));
        }

        DataFlow<V> solve() {
            order.forEach(number -> inputs.set(number, rim(graph.blocks().get(number))));
            TreeSet<Integer> waiting = new TreeSet<>();
            for (int i = 0; i < order.size(); i++) {
                waiting.add(i);
            }
            while (!waiting.isEmpty()) {
                Block block = graph.blocks().get(order.get(waiting.pollFirst()));
                V output = run(block);
                for (int to : forward ? block.successors() : block.predecessors()) {
                    V joined = analysis.join(inputs.get(to), output);
                    if (place[to] >= 0 && !joined.equals(inputs.get(to))) {
                        inputs.set(to, joined);
                        waiting.add(place[to]);
                    }
                }
            }
            return new DataFlow<>(graph, before, after);
        }

        private V rim(Block block) {
            if (forward) {
                return graph.entries().contains(block.number()) ? analysis.boundary(block.slot()) : analysis.bottom();
            }
            return block.successors().isEmpty() ? analysis.boundary(graph.slot(block.end() - 1)) : analysis.bottom();
        }

        /** Records the facts inside the block; those of the last run remain. */
        private V run(Block block) {
            V fact = inputs.get(block.number());
            int length = block.end() - block.first();
            for (int i = 0; i < length; i++) {
                int index = forward ? block.first() + i : block.end() - 1 - i;
                (forward ? before : after).set(index, fact);
                fact = analysis.transfer(graph.slot(index), graph.insns().get(index), fact);
                (forward ? after : before).set(index, fact);
            }
            return fact;
        }
    }
}
