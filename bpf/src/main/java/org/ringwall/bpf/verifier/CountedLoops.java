// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.ControlFlowGraph.Block;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * The loops of a program. A loop certainly ends if it closes with
 * `rN += 1; if rN != last goto head`, nothing else in it writes rN, and rN is a constant below
 * `last` at its start. The kernel walks every iteration of it.
 */
final class CountedLoops {
    private static final int ALL_ARGUMENTS = 5;

    private final ControlFlowGraph graph;
    private final Map<Integer, List<Loop>> byBlock = new HashMap<>();
    private final Map<Integer, Integer> endless = new HashMap<>();

    /**
     * A counted loop.
     *
     * @param head the block with which it begins
     * @param body all its blocks
     * @param last the counter's value at the end of the loop
     */
    record Loop(int head, BitSet body, Reg counter, long last) {}

    /**
     * Finds the loops.
     *
     * @param place for each reachable block its position in an order in which a block precedes its
     *     successors, except across the back edges of loops
     */
    CountedLoops(ControlFlowGraph graph, int[] place) {
        this.graph = graph;
        for (Block block : graph.blocks()) {
            for (int next : block.successors()) {
                if (place[block.number()] >= 0 && place[next] <= place[block.number()]) {
                    add(block, graph.blocks().get(next));
                }
            }
        }
    }

    private void add(Block closing, Block head) {
        Optional<Loop> loop = counted(closing, head);
        if (loop.isEmpty()) {
            endless.put(closing.number(), head.number());
            return;
        }
        loop.get().body().stream()
                .forEach(block -> byBlock.computeIfAbsent(block, number -> new ArrayList<>())
                        .add(loop.get()));
    }

    /** Returns whether the edge closes a loop that is not known to end. */
    boolean isEndless(int from, int to) {
        return endless.getOrDefault(from, -1) == to;
    }

    /** Returns the loops that contain the block. */
    List<Loop> around(int block) {
        return byBlock.getOrDefault(block, List.of());
    }

    private Optional<Loop> counted(Block closing, Block head) {
        int end = closing.end() - 1;
        boolean closes = end > closing.first()
                && graph.dominates(head.number(), closing.number())
                && graph.insns().get(end) instanceof Insn.Jump jump
                && jump.op() == Insn.JumpOp.NE
                && jump.width() == Width.DW
                && jump.src() instanceof Operand.OfImm
                && graph.index(graph.slot(end) + 1 + jump.off()) == head.first();
        if (!closes) {
            return Optional.empty();
        }
        Insn.Jump jump = (Insn.Jump) graph.insns().get(end);
        Insn one = new Insn.Alu(Insn.AluOp.ADD, Width.DW, jump.dst(), Operand.of(1));
        BitSet body = body(closing, head);
        return graph.insns().get(end - 1).equals(one) && writes(body, jump.dst()) == 1
                ? Optional.of(new Loop(head.number(), body, jump.dst(), ((Operand.OfImm) jump.src()).value()))
                : Optional.empty();
    }

    /** Returns the blocks of the natural loop, on the paths from the head to its end. */
    private BitSet body(Block closing, Block head) {
        BitSet body = new BitSet();
        body.set(head.number());
        Deque<Integer> waiting = new ArrayDeque<>(List.of(closing.number()));
        while (!waiting.isEmpty()) {
            int block = waiting.remove();
            if (!body.get(block)) {
                body.set(block);
                waiting.addAll(graph.blocks().get(block).predecessors());
            }
        }
        return body;
    }

    private long writes(BitSet body, Reg reg) {
        return body.stream()
                .mapToObj(number -> graph.blocks().get(number))
                .flatMap(block -> graph.insns().subList(block.first(), block.end()).stream())
                .filter(insn ->
                        RegisterUse.of(insn, id -> ALL_ARGUMENTS).writes().contains(reg))
                .count();
    }
}
