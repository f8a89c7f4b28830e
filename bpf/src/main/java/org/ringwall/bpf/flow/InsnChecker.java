package org.ringwall.bpf.flow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.ringwall.bpf.flow.Finding.Kind;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.insn.Reg;

/**
 * The structural demands of the kernel verifier that need to know neither hook nor maps.
 *
 * <p>It does not follow values, so code it likes may still be refused. Every branch counts both ways, also one that a
 * constant decides, which the kernel would not walk. Reads of unset stack are refused by kernels before 6.3 and, later, only
 * without CAP_PERFMON; everything else here is refused by every kernel that walks the way.
 */
public final class InsnChecker {
    private final ControlFlowGraph graph;
    private final DataFlow<MachineState> states;
    private final IntUnaryOperator helperArguments;
    private final List<Finding> findings;

    private InsnChecker(Code code, IntUnaryOperator helperArguments, List<Finding> findings) {
        this.graph = ControlFlowGraph.of(code);
        this.states = DataFlow.forward(graph, new StateAnalysis());
        this.helperArguments = helperArguments;
        this.findings = findings;
    }

    /** All findings in slot order; none means fine. What calls read is not checked. */
    public static List<Finding> check(List<Insn> insns) {
        return check(insns, id -> 0);
    }

    /** As {@link #check(List)}, and helper calls read as many registers as `helperArguments` says for their id. */
    public static List<Finding> check(List<Insn> insns, IntUnaryOperator helperArguments) {
        if (insns.isEmpty()) {
            return List.of(new Finding(0, Kind.FALLS_OFF, "no instructions"));
        }
        Code code = new Code(insns);
        List<Finding> findings = new ArrayList<>();
        if (new StructureCheck(code, findings).check()) {
            new InsnChecker(code, helperArguments, findings).follow();
        }
        return findings.stream()
                .sorted(Comparator.comparingInt(Finding::slot).thenComparing(Finding::kind))
                .toList();
    }

    private void follow() {
        for (ControlFlowGraph.Block block : graph.unreachable()) {
            findings.add(new Finding(block.slot(), Kind.UNREACHABLE, "no way leads here"));
        }
        for (int number : graph.reversePostorder()) {
            ControlFlowGraph.Block block = graph.blocks().get(number);
            for (int i = block.first(); i < block.end(); i++) {
                MachineState state = states.before(graph.slot(i));
                registers(graph.slot(i), graph.insns().get(i), state);
                accesses(graph.slot(i), graph.insns().get(i), state);
            }
        }
    }

    private void registers(int slot, Insn insn, MachineState state) {
        for (Reg reg : demanded(slot, insn).list()) {
            if (state.value(reg) instanceof RegValue.Unset) {
                String message = "`%s` reads %s, which some way here does not set"
                        .formatted(InsnPrinter.plain().print(insn), reg);
                findings.add(new Finding(slot, Kind.UNSET_REGISTER, message));
            }
        }
    }

    private RegSet demanded(int slot, Insn insn) {
        boolean unknownCall = insn instanceof Insn.CallLocal || insn instanceof Insn.CallKfunc;
        boolean returnsNothing = insn instanceof Insn.Exit && inSubprogram(slot);
        return unknownCall || returnsNothing
                ? RegSet.NONE
                : RegisterUse.of(insn, helperArguments).reads();
    }

    private boolean inSubprogram(int slot) {
        return graph.entries().stream()
                .map(entry -> graph.blocks().get(entry).slot())
                .anyMatch(start -> start > 0 && start <= slot);
    }

    private void accesses(int slot, Insn insn, MachineState state) {
        MemoryAccess.of(insn).ifPresent(access -> access(slot, state, access));
    }

    private void access(int slot, MachineState state, MemoryAccess access) {
        RegValue base = state.value(access.base());
        if (base.changedContext()) {
            findings.add(new Finding(slot, Kind.MODIFIED_CONTEXT, "accesses the context through a changed pointer"));
        }
        if (!(base instanceof RegValue.Frame frame)) {
            return;
        }
        int off = frame.off() + access.off();
        int bytes = access.width().bytes();
        if (!MachineState.inFrame(off, bytes)) {
            String message = "%d bytes at r10 %+d are not within the frame".formatted(bytes, off);
            findings.add(new Finding(slot, Kind.OUT_OF_FRAME, message));
        } else if (access.reads() && !state.isSet(off, bytes)) {
            String message = "reads %d bytes at r10 %+d, which some way here does not set".formatted(bytes, off);
            findings.add(new Finding(slot, Kind.UNSET_STACK, message));
        }
    }
}
