package org.ringwall.compiler.codegen;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * The loops of a program. One ends for certain if its last two instructions are `rN += 1; if rN != last goto first`, nothing else in it writes
 * rN, and rN is a number below `last` where it begins. All of it lies between its first instruction and its last one.
 */
final class Loops {
    private static final int ALL_ARGUMENTS = 5;

    private final ControlFlowGraph graph;

    /** The blocks that close a loop by the one that it begins with. */
    private final Map<Integer, Set<ControlFlowGraph.Block>> closing = new HashMap<>();

    Loops(ControlFlowGraph graph) {
        this.graph = graph;
        Set<Integer> walked = new HashSet<>();
        for (int number : graph.reversePostorder()) {
            walked.add(number);
            ControlFlowGraph.Block block = graph.blocks().get(number);
            block.successors().stream()
                    .filter(walked::contains)
                    .forEach(first ->
                            closing.computeIfAbsent(first, f -> new HashSet<>()).add(block));
        }
    }

    /** The slot from which a loop that this block begins may go round for ever, after what is known before it. */
    Optional<Integer> endless(ControlFlowGraph.Block first, Map<Reg, Known> known) {
        return closing.getOrDefault(first.number(), Set.of()).stream()
                .filter(last -> !counts(first, last, known))
                .map(last -> graph.slot(last.end() - 1))
                .findFirst();
    }

    /** What is known before the block and stays so however often its loop goes round. */
    Map<Reg, Known> lasting(ControlFlowGraph.Block first, Map<Reg, Known> known) {
        Map<Reg, Known> lasting = new EnumMap<>(Reg.class);
        lasting.putAll(known);
        for (ControlFlowGraph.Block last : closing.getOrDefault(first.number(), Set.of())) {
            lasting.keySet().removeIf(reg -> writes(first, last, reg) > 0);
        }
        return lasting;
    }

    private boolean counts(ControlFlowGraph.Block first, ControlFlowGraph.Block last, Map<Reg, Known> known) {
        int end = last.end() - 1;
        boolean closes = last.number() >= first.number()
                && end > last.first()
                && graph.insns().get(end) instanceof Insn.Jump jump
                && jump.op() == Insn.JumpOp.NE
                && jump.width() == Width.DW
                && jump.src() instanceof Operand.OfImm;
        if (!closes) {
            return false;
        }
        Insn.Jump jump = (Insn.Jump) graph.insns().get(end);
        Insn one = new Insn.Alu(Insn.AluOp.ADD, Width.DW, jump.dst(), Operand.of(1));
        return graph.insns().get(end - 1).equals(one)
                && writes(first, last, jump.dst()) == 1
                && known.get(jump.dst()) instanceof Known.Number number
                && number.max() < ((Operand.OfImm) jump.src()).value();
    }

    private long writes(ControlFlowGraph.Block first, ControlFlowGraph.Block last, Reg reg) {
        return graph.insns().subList(first.first(), Math.max(first.first(), last.end())).stream()
                .filter(insn ->
                        RegisterUse.of(insn, id -> ALL_ARGUMENTS).writes().contains(reg)
                                || isCall(insn) && Convention.CALL.contains(reg))
                .count();
    }

    private static boolean isCall(Insn insn) {
        return insn instanceof Insn.CallHelper || insn instanceof Insn.CallKfunc || insn instanceof Insn.CallLocal;
    }
}
