// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.function.IntUnaryOperator;
import org.ringwall.bpf.insn.Insn;

/** The liveness of registers: whether some path still reads the value. */
public final class Liveness {
    private final DataFlow<RegSet> solution;

    private Liveness(DataFlow<RegSet> solution) {
        this.solution = solution;
    }

    /** Returns the liveness of code whose calls may read all of r1 to r5. */
    public static Liveness of(ControlFlowGraph graph) {
        return of(graph, id -> 5);
    }

    /**
     * Returns the liveness of code whose helper calls read as many registers as `helperArguments`
     * returns for their id.
     */
    public static Liveness of(ControlFlowGraph graph, IntUnaryOperator helperArguments) {
        return new Liveness(DataFlow.backward(graph, new Registers(helperArguments)));
    }

    /** Returns the registers live before the instruction at this slot. */
    public RegSet before(int slot) {
        return solution.before(slot);
    }

    /** Returns the registers live after the instruction at this slot, on any path. */
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
