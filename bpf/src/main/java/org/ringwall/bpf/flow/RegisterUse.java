// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.function.IntUnaryOperator;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;

/**
 * The registers that an instruction reads, and those whose values it replaces: its result and, for
 * calls and packet loads, the clobbered r1 to r5.
 */
public record RegisterUse(RegSet reads, RegSet writes) {
    /**
     * Returns the registers of an instruction. `helperArguments` returns how many registers a
     * helper reads, by its id; any other call may read all five.
     */
    public static RegisterUse of(Insn insn, IntUnaryOperator helperArguments) {
        return insn.accept(new Finder(helperArguments));
    }

    private record Finder(IntUnaryOperator helperArguments) implements Insn.Visitor<RegisterUse> {
        private static final RegSet AFTER_CALL = RegSet.ARGUMENTS.with(Reg.R0);

        private static RegSet reads(Operand operand) {
            return operand instanceof Operand.OfReg reg ? RegSet.of(reg.reg()) : RegSet.NONE;
        }

        @Override
        public RegisterUse alu(Insn.Alu insn) {
            return new RegisterUse(reads(insn.src()).with(insn.dst()), RegSet.of(insn.dst()));
        }

        @Override
        public RegisterUse mov(Insn.Mov insn) {
            return new RegisterUse(reads(insn.src()), RegSet.of(insn.dst()));
        }

        @Override
        public RegisterUse neg(Insn.Neg insn) {
            return new RegisterUse(RegSet.of(insn.dst()), RegSet.of(insn.dst()));
        }

        @Override
        public RegisterUse swap(Insn.Swap insn) {
            return new RegisterUse(RegSet.of(insn.dst()), RegSet.of(insn.dst()));
        }

        @Override
        public RegisterUse load(Insn.Load insn) {
            return new RegisterUse(RegSet.of(insn.src()), RegSet.of(insn.dst()));
        }

        @Override
        public RegisterUse store(Insn.Store insn) {
            return new RegisterUse(reads(insn.src()).with(insn.dst()), RegSet.NONE);
        }

        @Override
        public RegisterUse atomic(Insn.Atomic insn) {
            RegSet reads = RegSet.of(insn.dst(), insn.src());
            if (insn.op() == Insn.AtomicOp.CMPXCHG) {
                return new RegisterUse(reads.with(Reg.R0), RegSet.of(Reg.R0));
            }
            return new RegisterUse(reads, insn.fetch() ? RegSet.of(insn.src()) : RegSet.NONE);
        }

        @Override
        public RegisterUse loadImm64(Insn.LoadImm64 insn) {
            return new RegisterUse(RegSet.NONE, RegSet.of(insn.dst()));
        }

        /** Includes r6, which implicitly holds the context (verifier.c, check_ld_abs). */
        @Override
        public RegisterUse loadPacket(Insn.LoadPacket insn) {
            RegSet context = RegSet.of(Reg.R6);
            return new RegisterUse(insn.index().map(context::with).orElse(context), AFTER_CALL);
        }

        @Override
        public RegisterUse jump(Insn.Jump insn) {
            return new RegisterUse(reads(insn.src()).with(insn.dst()), RegSet.NONE);
        }

        @Override
        public RegisterUse goTo(Insn.Goto insn) {
            return new RegisterUse(RegSet.NONE, RegSet.NONE);
        }

        @Override
        public RegisterUse goToLong(Insn.GotoLong insn) {
            return new RegisterUse(RegSet.NONE, RegSet.NONE);
        }

        @Override
        public RegisterUse callHelper(Insn.CallHelper insn) {
            return new RegisterUse(RegSet.arguments(helperArguments.applyAsInt(insn.id())), AFTER_CALL);
        }

        @Override
        public RegisterUse callLocal(Insn.CallLocal insn) {
            return new RegisterUse(RegSet.ARGUMENTS, AFTER_CALL);
        }

        @Override
        public RegisterUse callKfunc(Insn.CallKfunc insn) {
            return new RegisterUse(RegSet.ARGUMENTS, AFTER_CALL);
        }

        @Override
        public RegisterUse exit(Insn.Exit insn) {
            return new RegisterUse(RegSet.of(Reg.R0), RegSet.NONE);
        }
    }
}
