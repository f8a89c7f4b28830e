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
 * The loops of a program. One ends for certain if it closes with `rN += 1; if rN != last goto head`, nothing else in it writes rN, and rN is a constant
 * below `last` where it begins: the kernel walks it as often as it goes round.
 */
final class CountedLoops {
    private static final int ALL_ARGUMENTS = 5;

    private final ControlFlowGraph graph;
    private final Map<Integer, List<Loop>> byBlock = new HashMap<>();
    private final Map<Integer, Integer> endless = new HashMap<>();

    /**
     * A loop that counts.
     *
     * @param head the block that it begins with
     * @param body all its blocks
     * @param last what the counter is when the loop ends
     */
    record Loop(int head, BitSet body, Reg counter, long last) {}

    /** @param place of each reachable block its place in an order that has each before its successors but for the ends of loops */
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

    /** Whether the edge closes a loop of which nothing says that it ends. */
    boolean isEndless(int from, int to) {
        return endless.getOrDefault(from, -1) == to;
    }

    /** The loops that the block is in. */
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

    /** The blocks on the ways from the head to the end: the natural loop. */
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
