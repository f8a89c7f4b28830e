// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.ringwall.bpf.flow.Finding.Kind;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;

/**
 * The checks of the kernel's verifier that need no data flow: jump targets, reachability, and
 * invalid immediates.
 */
public final class StructureCheck {
    private final Code code;
    private final List<Finding> findings;
    /** The indices where the program and its subprograms begin. */
    private final TreeSet<Integer> starts = new TreeSet<>(List.of(0));

    private StructureCheck(Code code, List<Finding> findings) {
        this.code = code;
        this.findings = findings;
    }

    /** Returns all findings in slot order; empty if there are none. */
    public static List<Finding> check(List<Insn> insns) {
        if (insns.isEmpty()) {
            return List.of(new Finding(0, Kind.FALLS_OFF, "no instructions"));
        }
        Code code = new Code(insns);
        List<Finding> findings = new ArrayList<>();
        if (new StructureCheck(code, findings).check()) {
            for (ControlFlowGraph.Block block : ControlFlowGraph.of(code).unreachable()) {
                findings.add(new Finding(block.slot(), Kind.UNREACHABLE, "no way leads here"));
            }
        }
        return findings.stream()
                .sorted(Comparator.comparingInt(Finding::slot).thenComparing(Finding::kind))
                .toList();
    }

    /**
     * Returns whether every jump target is an instruction and no path runs off the code, so that a
     * graph can be built.
     */
    private boolean check() {
        int before = findings.size();
        for (int i = 0; i < code.size(); i++) {
            Edges edges = Edges.of(code.insn(i));
            target(i, edges.jump());
            target(i, edges.callee()).ifPresent(starts::add);
        }
        boolean sound = findings.size() == before;
        int last = code.size() - 1;
        if (Edges.of(code.insn(last)).next()) {
            findings.add(new Finding(code.slot(last), Kind.FALLS_OFF, "runs past the last instruction"));
            sound = false;
        }
        for (int i = 0; i < code.size(); i++) {
            subprogram(i);
            immediate(i);
        }
        return sound;
    }

    private OptionalInt target(int index, OptionalInt distance) {
        if (distance.isEmpty()) {
            return distance;
        }
        long slot = code.target(index, distance.getAsInt());
        OptionalInt found = code.at(slot);
        if (found.isEmpty()) {
            String where =
                    slot >= 0 && slot < code.endSlot() ? "into the middle of a 64-bit immediate" : "out of the code";
            findings.add(new Finding(code.slot(index), Kind.JUMP_TARGET, "leads to slot " + slot + ", " + where));
        }
        return found;
    }

    /** Checks that control stays inside a subprogram: verifier.c, check_subprogs. */
    private void subprogram(int index) {
        Edges edges = Edges.of(code.insn(index));
        if (edges.next() && index + 1 < code.size() && starts.contains(index + 1)) {
            findings.add(new Finding(code.slot(index), Kind.FALLS_OFF, "runs into the next subprogram"));
        }
        if (edges.jump().isEmpty()) {
            return;
        }
        OptionalInt target = code.at(code.target(index, edges.jump().getAsInt()));
        if (target.isPresent() && !starts.floor(target.getAsInt()).equals(starts.floor(index))) {
            findings.add(new Finding(code.slot(index), Kind.LEAVES_SUBPROGRAM, "jumps into another subprogram"));
        }
    }

    /** Checks immediates that the kernel rejects on any path: verifier.c, check_alu_op. */
    private void immediate(int index) {
        if (!(code.insn(index) instanceof Insn.Alu alu) || !(alu.src() instanceof Operand.OfImm imm)) {
            return;
        }
        int slot = code.slot(index);
        boolean within = imm.value() >= 0 && imm.value() < alu.width().bits();
        if (alu.op().shift() && !within) {
            String message = "shifts %d bits by %d".formatted(alu.width().bits(), imm.value());
            findings.add(new Finding(slot, Kind.SHIFT_WIDTH, message));
        }
        if (alu.op().divides() && imm.value() == 0) {
            findings.add(new Finding(slot, Kind.DIVISION_BY_ZERO, "divides by zero"));
        }
    }
}
