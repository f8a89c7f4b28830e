package org.ringwall.bpf.flow;

import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** How each instruction changes a {@link MachineState}. What it reads is taken to be set, so one mistake is found once. */
record StateAnalysis() implements Analysis<MachineState> {
    @Override
    public MachineState bottom() {
        return MachineState.UNREACHED;
    }

    @Override
    public MachineState join(MachineState left, MachineState right) {
        return MachineState.join(left, right);
    }

    @Override
    public MachineState boundary(int slot) {
        return slot == 0 ? MachineState.program() : MachineState.subprogram();
    }

    @Override
    public MachineState transfer(int slot, Insn insn, MachineState state) {
        return state.reached() ? insn.accept(new Step(state)) : state;
    }

    private record Step(MachineState state) implements Insn.Visitor<MachineState> {
        private RegValue set(Reg reg) {
            RegValue value = state.value(reg);
            return value instanceof RegValue.Unset ? RegValue.OTHER : value;
        }

        @Override
        public MachineState alu(Insn.Alu insn) {
            boolean moves = insn.op() == Insn.AluOp.ADD || insn.op() == Insn.AluOp.SUB;
            if (insn.width() != Width.DW || !moves) {
                return state.with(insn.dst(), RegValue.OTHER);
            }
            RegValue dst = set(insn.dst());
            if (insn.src() instanceof Operand.OfImm imm) {
                long off = insn.op() == Insn.AluOp.ADD ? imm.value() : -(long) imm.value();
                return state.with(insn.dst(), RegValue.offset(dst, off));
            }
            RegValue src = set(((Operand.OfReg) insn.src()).reg());
            return state.with(insn.dst(), insn.op() == Insn.AluOp.ADD ? sum(dst, src) : difference(dst, src));
        }

        private static RegValue sum(RegValue left, RegValue right) {
            if (context(left) || context(right)) {
                return RegValue.LOST_CONTEXT;
            }
            return left.perhapsFrame() || right.perhapsFrame() ? RegValue.ANY : RegValue.OTHER;
        }

        private static RegValue difference(RegValue left, RegValue right) {
            return context(right) || right.perhapsFrame() ? RegValue.OTHER : sum(left, right);
        }

        private static boolean context(RegValue value) {
            return value instanceof RegValue.Context || value instanceof RegValue.LostContext;
        }

        @Override
        public MachineState mov(Insn.Mov insn) {
            boolean copies = insn.width() == Width.DW && insn.from() == Width.DW;
            boolean pointer = copies && insn.src() instanceof Operand.OfReg;
            return state.with(insn.dst(), pointer ? set(((Operand.OfReg) insn.src()).reg()) : RegValue.OTHER);
        }

        @Override
        public MachineState neg(Insn.Neg insn) {
            return state.with(insn.dst(), RegValue.OTHER);
        }

        @Override
        public MachineState swap(Insn.Swap insn) {
            return state.with(insn.dst(), RegValue.OTHER);
        }

        /** Only a whole slot of the frame can give a spilled pointer back. */
        private RegValue loaded(Reg base, Width width) {
            return width == Width.DW && state.value(base).perhapsFrame() ? RegValue.ANY : RegValue.OTHER;
        }

        @Override
        public MachineState load(Insn.Load insn) {
            return state.with(insn.dst(), loaded(insn.src(), insn.width()));
        }

        @Override
        public MachineState store(Insn.Store insn) {
            return state.value(insn.dst()) instanceof RegValue.Frame base
                    ? state.withSet(base.off() + insn.off(), insn.width().bytes())
                    : state;
        }

        @Override
        public MachineState atomic(Insn.Atomic insn) {
            if (!insn.fetch()) {
                return state;
            }
            Reg result = insn.op() == Insn.AtomicOp.CMPXCHG ? Reg.R0 : insn.src();
            return state.with(result, loaded(insn.dst(), insn.width()));
        }

        @Override
        public MachineState loadImm64(Insn.LoadImm64 insn) {
            return state.with(insn.dst(), RegValue.OTHER);
        }

        @Override
        public MachineState loadPacket(Insn.LoadPacket insn) {
            MachineState after = state;
            for (Reg reg : RegSet.ARGUMENTS.list()) {
                after = after.with(reg, RegValue.UNSET);
            }
            return after.with(Reg.R0, RegValue.OTHER);
        }

        @Override
        public MachineState jump(Insn.Jump insn) {
            return state;
        }

        @Override
        public MachineState goTo(Insn.Goto insn) {
            return state;
        }

        @Override
        public MachineState goToLong(Insn.GotoLong insn) {
            return state;
        }

        @Override
        public MachineState callHelper(Insn.CallHelper insn) {
            return state.afterCall();
        }

        @Override
        public MachineState callLocal(Insn.CallLocal insn) {
            return state.afterCall();
        }

        @Override
        public MachineState callKfunc(Insn.CallKfunc insn) {
            return state.afterCall();
        }

        @Override
        public MachineState exit(Insn.Exit insn) {
            return state;
        }
    }
}
