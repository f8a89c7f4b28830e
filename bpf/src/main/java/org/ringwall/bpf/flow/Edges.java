// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.OptionalInt;
import org.ringwall.bpf.insn.Insn;

/**
 * The possible continuations after an instruction: the next instruction, a jump's target, or a
 * subprogram (a call, or taking its address). Distances count from the slot after the instruction's
 * first one.
 */
record Edges(boolean next, OptionalInt jump, OptionalInt callee) {
    private static final OptionalInt NOWHERE = OptionalInt.empty();
    private static final Edges ON = new Edges(true, NOWHERE, NOWHERE);

    static Edges of(Insn insn) {
        return insn.accept(Finder.EDGES);
    }

    /** Returns whether a block ends here. */
    boolean endsBlock() {
        return !next || jump.isPresent();
    }

    private enum Finder implements Insn.Visitor<Edges> {
        EDGES;

        @Override
        public Edges alu(Insn.Alu insn) {
            return ON;
        }

        @Override
        public Edges mov(Insn.Mov insn) {
            return ON;
        }

        @Override
        public Edges neg(Insn.Neg insn) {
            return ON;
        }

        @Override
        public Edges swap(Insn.Swap insn) {
            return ON;
        }

        @Override
        public Edges load(Insn.Load insn) {
            return ON;
        }

        @Override
        public Edges store(Insn.Store insn) {
            return ON;
        }

        @Override
        public Edges atomic(Insn.Atomic insn) {
            return ON;
        }

        @Override
        public Edges loadImm64(Insn.LoadImm64 insn) {
            boolean address = insn.pseudo() == Insn.Pseudo.FUNC;
            return address ? new Edges(true, NOWHERE, OptionalInt.of(insn.low())) : ON;
        }

        @Override
        public Edges loadPacket(Insn.LoadPacket insn) {
            return ON;
        }

        @Override
        public Edges jump(Insn.Jump insn) {
            return new Edges(true, OptionalInt.of(insn.off()), NOWHERE);
        }

        @Override
        public Edges goTo(Insn.Goto insn) {
            return new Edges(false, OptionalInt.of(insn.off()), NOWHERE);
        }

        @Override
        public Edges goToLong(Insn.GotoLong insn) {
            return new Edges(false, OptionalInt.of(insn.off()), NOWHERE);
        }

        @Override
        public Edges callHelper(Insn.CallHelper insn) {
            return ON;
        }

        @Override
        public Edges callLocal(Insn.CallLocal insn) {
            return new Edges(true, NOWHERE, OptionalInt.of(insn.off()));
        }

        @Override
        public Edges callKfunc(Insn.CallKfunc insn) {
            return ON;
        }

        @Override
        public Edges exit(Insn.Exit insn) {
            return new Edges(false, NOWHERE, NOWHERE);
        }
    }
}
