package org.ringwall.bpf.flow;

import java.util.function.IntUnaryOperator;
import org.ringwall.bpf.insn.Insn;

/** Which registers hold a value that some way on still reads. */
public final class Liveness {
    private final DataFlow<RegSet> solution;

    private Liveness(DataFlow<RegSet> solution) {
        this.solution = solution;
    }

    /** Of code whose calls may read all of r1 to r5. */
    public static Liveness of(ControlFlowGraph graph) {
        return of(graph, id -> 5);
    }

    /** Of code whose helper calls read as many registers as `helperArguments` says for their id. */
    public static Liveness of(ControlFlowGraph graph, IntUnaryOperator helperArguments) {
        return new Liveness(DataFlow.backward(graph, new Registers(helperArguments)));
    }

    /** Live right before the instruction at this slot. */
    public RegSet before(int slot) {
        return solution.before(slot);
    }

    /** Live right after the instruction at this slot, on any of the ways on. */
    public RegSet after(int slot) {
        return solution.after(slot);
    }

    private record Registers(IntUnaryOperator helperArguments) implements Analysis<RegSet> {
        @Override
        public RegSet bottom() {
            return RegSet.NONE;
        }

        @Override
        public RegSet join(RegSet left, RegSet right) {
            return left.union(right);
        }

        @Override
        public RegSet boundary(int slot) {
            return RegSet.NONE;
        }

        @Override
        public RegSet transfer(int slot, Insn insn, RegSet live) {
            RegisterUse use = RegisterUse.of(insn, helperArguments);
            return live.minus(use.writes()).union(use.reads());
        }
    }
}
