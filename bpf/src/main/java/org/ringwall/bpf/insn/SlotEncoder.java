// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/** The encoder of the first slot of each instruction. */
enum SlotEncoder implements Insn.Visitor<Slot> {
    FIRST;

    private static final short NO_OFFSET = 0;

    private static Slot withOperand(int code, Reg dst, short off, Operand src) {
        if (src instanceof Operand.OfReg reg) {
            return new Slot(code | Opcodes.SRC_REG, dst.number(), reg.reg().number(), off, 0);
        }
        return new Slot(code, dst.number(), 0, off, ((Operand.OfImm) src).value());
    }

    private static Slot bare(int code, int src, short off, int imm) {
        return new Slot(code, 0, src, off, imm);
    }

    @Override
    public Slot alu(Insn.Alu insn) {
        short off = (short) (insn.op().signed() ? 1 : 0);
        return withOperand(Opcodes.alu(insn.width()) | insn.op().code(), insn.dst(), off, insn.src());
    }

    @Override
    public Slot mov(Insn.Mov insn) {
        short off = (short) (insn.from() == insn.width() ? 0 : insn.from().bits());
        return withOperand(Opcodes.alu(insn.width()) | Opcodes.MOV, insn.dst(), off, insn.src());
    }

    @Override
    public Slot neg(Insn.Neg insn) {
        int code = Opcodes.alu(insn.width()) | Opcodes.NEG;
        return new Slot(code, insn.dst().number(), 0, NO_OFFSET, 0);
    }

    @Override
    public Slot swap(Insn.Swap insn) {
        int code = switch (insn.op()) {
            case LE -> Opcodes.ALU | Opcodes.END;
            case BE -> Opcodes.ALU | Opcodes.END | Opcodes.SRC_REG;
            case BSWAP -> Opcodes.ALU64 | Opcodes.END;
        };
        return new Slot(code, insn.dst().number(), 0, NO_OFFSET, insn.width().bits());
    }

    @Override
    public Slot load(Insn.Load insn) {
        int mode = insn.signed() ? Opcodes.MODE_MEMSX : Opcodes.MODE_MEM;
        int code = Opcodes.LDX | mode | Opcodes.size(insn.width());
        return new Slot(code, insn.dst().number(), insn.src().number(), insn.off(), 0);
    }

    @Override
    public Slot store(Insn.Store insn) {
        int tail = Opcodes.MODE_MEM | Opcodes.size(insn.width());
        int dst = insn.dst().number();
        if (insn.src() instanceof Operand.OfReg reg) {
            return new Slot(Opcodes.STX | tail, dst, reg.reg().number(), insn.off(), 0);
        }
        return new Slot(Opcodes.ST | tail, dst, 0, insn.off(), ((Operand.OfImm) insn.src()).value());
    }

    @Override
    public Slot atomic(Insn.Atomic insn) {
        int code = Opcodes.STX | Opcodes.MODE_ATOMIC | Opcodes.size(insn.width());
        int imm = insn.op().code() | (insn.fetch() ? Opcodes.FETCH : 0);
        return new Slot(code, insn.dst().number(), insn.src().number(), insn.off(), imm);
    }

    @Override
    public Slot loadImm64(Insn.LoadImm64 insn) {
        int code = Opcodes.LD | Opcodes.MODE_IMM | Opcodes.size(Width.DW);
        return new Slot(code, insn.dst().number(), insn.pseudo().ordinal(), NO_OFFSET, insn.low());
    }

    @Override
    public Slot loadPacket(Insn.LoadPacket insn) {
        int mode = insn.index().isPresent() ? Opcodes.MODE_IND : Opcodes.MODE_ABS;
        int index = insn.index().map(Reg::number).orElse(0);
        return bare(Opcodes.LD | mode | Opcodes.size(insn.width()), index, NO_OFFSET, insn.imm());
    }

    @Override
    public Slot jump(Insn.Jump insn) {
        return withOperand(Opcodes.jump(insn.width()) | insn.op().code(), insn.dst(), insn.off(), insn.src());
    }

    @Override
    public Slot goTo(Insn.Goto insn) {
        return bare(Opcodes.JMP | Opcodes.JA, 0, insn.off(), 0);
    }

    @Override
    public Slot goToLong(Insn.GotoLong insn) {
        return bare(Opcodes.JMP32 | Opcodes.JA, 0, NO_OFFSET, insn.off());
    }

    @Override
    public Slot callHelper(Insn.CallHelper insn) {
        return bare(Opcodes.JMP | Opcodes.CALL, 0, NO_OFFSET, insn.id());
    }

    @Override
    public Slot callLocal(Insn.CallLocal insn) {
        return bare(Opcodes.JMP | Opcodes.CALL, Opcodes.CALL_LOCAL, NO_OFFSET, insn.off());
    }

    @Override
    public Slot callKfunc(Insn.CallKfunc insn) {
        return bare(Opcodes.JMP | Opcodes.CALL, Opcodes.CALL_KFUNC, insn.off(), insn.btfId());
    }

    @Override
    public Slot exit(Insn.Exit insn) {
        return bare(Opcodes.JMP | Opcodes.EXIT, 0, NO_OFFSET, 0);
    }
}
