package org.ringwall.compiler.codegen;

import java.util.Map;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.ir.Instruction;
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
        return swapped(read.swap(), dst);
    }

    private Assembler swapped(Instruction.Swap swap, Reg dst) {
        return switch (swap) {
            case NONE -> assembler;
            case BE16, BE32, BE64 -> assembler.swapBe(dst, Width.ofBytes(swap.bits() / 8));
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

    /** The code of {@link PacketDecoder}; it uses every register but r6. */
    @Override
    public Assembler decodePacket(Instruction.DecodePacket decode) {
        return new PacketDecoder(assembler, decode.depth()).into(register(decode.result()));
    }

    /** `dst = *(width *)(r10 + at)`, then `dst = beN dst`. */
    @Override
    public Assembler readPacket(Instruction.ReadPacket read) {
        assembler.load(read.width(), register(read.result()), Reg.R10, read.at());
        return swapped(read.swap(), register(read.result()));
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

    private Reg copy(Value to, Value from) {
        Reg dst = register(to);
        if (dst != register(from)) {
            assembler.mov(dst, register(from));
        }
        return dst;
    }
}
