package org.ringwall.compiler.codegen;

import java.util.Map;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/** The code of instructions, each value in its register. */
final class Body implements Instruction.Visitor<Assembler> {
    /** Where the context stays. */
    static final Reg CONTEXT = Reg.R6;

    private final Assembler assembler;
    private final Map<Value, Reg> registers;
    private int nameSize;

    Body(Assembler assembler, Map<Value, Reg> registers) {
        this.assembler = assembler;
        this.registers = registers;
    }

    /** The register that holds the value. */
    Reg register(Value value) {
        Reg reg = registers.get(value);
        if (reg == null) {
            throw new IllegalStateException(value + " has no register");
        }
        return reg;
    }

    /** `dst = *(width *)(r6 + off)`, then `dst = beN dst`. */
    @Override
    public Assembler readContext(Instruction.ReadContext read) {
        Reg dst = register(read.result());
        int off = read.field().offset() + read.offset();
        assembler.load(read.width(), dst, CONTEXT, off);
        return switch (read.swap()) {
            case NONE -> assembler;
            case BE16, BE32, BE64 ->
                assembler.add(
                        new Insn.Swap(Insn.SwapOp.BE, Width.ofBytes(read.swap().bits() / 8), dst));
        };
    }

    /** `dst = &symbol`. */
    @Override
    public Assembler addressOf(Instruction.AddressOf address) {
        return assembler.loadSymbol(register(address.result()), address.symbol(), 0);
    }

    /** `dst = *(width *)(base + off)`. */
    @Override
    public Assembler readGlobal(Instruction.ReadGlobal read) {
        return assembler.load(read.width(), register(read.result()), register(read.base()), read.offset());
    }

    /** `r0 = bpf_get_current_uid_gid()`. */
    @Override
    public Assembler callUidGid(Instruction.CallUidGid call) {
        return result(Helper.GET_CURRENT_UID_GID, call.result());
    }

    /** `r0 = bpf_sysctl_get_name(r6, r10 - size, size, 0)` into zeroed stack, which 5.10 wants initialised. */
    @Override
    public Assembler callSysctlName(Instruction.CallSysctlName call) {
        nameSize = call.size();
        for (int off = -nameSize; off < 0; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off, 0);
        }
        assembler
                .mov(Reg.R1, CONTEXT)
                .mov(Reg.R2, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R2, -nameSize)
                .mov(Reg.R3, nameSize)
                .mov(Reg.R4, 0);
        return result(Helper.SYSCTL_GET_NAME, call.result());
    }

    private Assembler result(Helper helper, Value value) {
        assembler.call(helper.id());
        Reg dst = register(value);
        return dst == Reg.R0 ? assembler : assembler.mov(dst, Reg.R0);
    }

    /** `dst = *(u64 *)(r10 - size + off)`. */
    @Override
    public Assembler readName(Instruction.ReadName read) {
        return assembler.load(Width.DW, register(read.result()), Reg.R10, read.offset() - nameSize);
    }

    /** `dst = value`. */
    @Override
    public Assembler constant(Instruction.Constant constant) {
        Reg dst = register(constant.result());
        long value = constant.value();
        return value == (int) value ? assembler.mov(dst, (int) value) : assembler.loadImm64(dst, value);
    }

    /** `dst = of; dst <<= by`. */
    @Override
    public Assembler shift(Instruction.Shift shift) {
        Reg dst = copy(shift.result(), shift.of());
        return switch (shift.direction()) {
            case LEFT -> assembler.alu(Insn.AluOp.LSH, Width.DW, dst, Operand.of(shift.by()));
            case RIGHT -> assembler.alu(Insn.AluOp.RSH, Width.DW, dst, Operand.of(shift.by()));
        };
    }

    /** `wdst = wof`, or `dst = of; dst &= 0xffff`. */
    @Override
    public Assembler lowBits(Instruction.LowBits low) {
        if (low.bits() == 32) {
            return assembler.mov32(register(low.result()), register(low.of()));
        }
        return assembler.alu(Insn.AluOp.AND, copy(low.result(), low.of()), 0xffff);
    }

    /** `dst = of; dst = beN dst`. */
    @Override
    public Assembler networkOrder(Instruction.NetworkOrder order) {
        Reg dst = copy(order.result(), order.of());
        return assembler.add(new Insn.Swap(Insn.SwapOp.BE, Width.ofBytes(order.bits() / 8), dst));
    }

    /** `dst = high; dst <<= 32; dst |= low`. */
    @Override
    public Assembler join(Instruction.Join join) {
        Reg dst = register(join.result());
        Reg low = register(join.low());
        if (dst == low) {
            throw new IllegalStateException(join.result() + " would overwrite its low half");
        }
        return assembler
                .alu(Insn.AluOp.LSH, copy(join.result(), join.high()), 32)
                .alu(Insn.AluOp.OR, dst, low);
    }

    /** `*(width *)(r6 + off) = value`; a number goes through r0, which the return value overwrites. */
    Assembler write(Terminator.Write write) {
        int off = write.field().offset() + write.offset();
        if (write.value() instanceof Terminator.Right.OfValue of) {
            if (register(of.value()) == Reg.R0) {
                throw new IllegalStateException(of.value() + " lies where numbers pass through");
            }
            return assembler.store(write.width(), CONTEXT, off, register(of.value()));
        }
        long number = ((Terminator.Right.OfNumber) write.value()).number();
        boolean narrow = write.width() != Width.DW || number == (int) number;
        if (narrow) {
            assembler.mov(Reg.R0, (int) number);
        } else {
            assembler.loadImm64(Reg.R0, number);
        }
        return assembler.store(write.width(), CONTEXT, off, Reg.R0);
    }

    private Reg copy(Value to, Value from) {
        Reg dst = register(to);
        if (dst != register(from)) {
            assembler.mov(dst, register(from));
        }
        return dst;
    }
}
