// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A decoder of the instruction at one slot. By RFC 9669 section 3 unused fields are reserved and
 * shall be zero, so every field that the instruction does not use is checked.
 */
final class SlotDecoder {
    private final int at;
    private final ByteBuffer rest;
    private final Slot slot;

    /** Reads the slot from the buffer; `rest` contains whole slots, at least one. */
    SlotDecoder(int at, ByteBuffer rest) {
        this.at = at;
        this.slot = Slot.read(rest);
        this.rest = rest;
    }

    Insn decode() throws MalformedInsnException {
        return switch (slot.opClass()) {
            case Opcodes.LD -> loadImmediateOrPacket();
            case Opcodes.LDX -> load();
            case Opcodes.ST -> storeImmediate();
            case Opcodes.STX -> storeRegister();
            case Opcodes.JMP -> jumpOrCall();
            case Opcodes.JMP32 -> jump32();
            default -> arithmetic();
        };
    }

    private Insn arithmetic() throws MalformedInsnException {
        Width width = slot.opClass() == Opcodes.ALU64 ? Width.DW : Width.W;
        return switch (slot.operation()) {
            case Opcodes.NEG -> neg(width);
            case Opcodes.END -> swap(width);
            case Opcodes.MOV -> mov(width);
            default -> alu(width);
        };
    }

    private Insn neg(Width width) throws MalformedInsnException {
        if (slot.fromRegister()) {
            throw unknownOpcode();
        }
        zero("source register", slot.src());
        zeroOffset();
        zeroImmediate();
        return new Insn.Neg(width, written(slot.dst()));
    }

    private Insn swap(Width width) throws MalformedInsnException {
        zero("source register", slot.src());
        zeroOffset();
        if (slot.imm() != 16 && slot.imm() != 32 && slot.imm() != 64) {
            throw error("byte swap of " + slot.imm() + " bits");
        }
        if (width == Width.DW && slot.fromRegister()) {
            throw unknownOpcode();
        }
        Insn.SwapOp order = slot.fromRegister() ? Insn.SwapOp.BE : Insn.SwapOp.LE;
        Insn.SwapOp op = width == Width.DW ? Insn.SwapOp.BSWAP : order;
        return new Insn.Swap(op, Width.ofBytes(slot.imm() / 8), written(slot.dst()));
    }

    private Insn mov(Width width) throws MalformedInsnException {
        if (slot.off() == 0) {
            return new Insn.Mov(width, width, written(slot.dst()), operand());
        }
        boolean narrower = slot.off() == 8 || slot.off() == 16 || slot.off() == 32 && width == Width.DW;
        if (!narrower || !slot.fromRegister()) {
            throw error("move with offset " + slot.off());
        }
        return new Insn.Mov(width, Width.ofBytes(slot.off() / 8), written(slot.dst()), operand());
    }

    private Insn alu(Width width) throws MalformedInsnException {
        for (Insn.AluOp op : Insn.AluOp.values()) {
            if (op.code() == slot.operation() && slot.off() == (op.signed() ? 1 : 0)) {
                return new Insn.Alu(op, width, written(slot.dst()), operand());
            }
        }
        if (slot.operation() > Insn.AluOp.ARSH.code()) {
            throw unknownOpcode();
        }
        throw error("offset " + slot.off() + " in an operation that reserves it");
    }

    private Insn load() throws MalformedInsnException {
        Width width = Opcodes.width(slot.code());
        boolean signed = slot.mode() == Opcodes.MODE_MEMSX;
        if (slot.mode() != Opcodes.MODE_MEM && !signed || signed && width == Width.DW) {
            throw unknownOpcode();
        }
        zeroImmediate();
        return new Insn.Load(width, signed, written(slot.dst()), register(slot.src()), slot.off());
    }

    private Insn storeImmediate() throws MalformedInsnException {
        if (slot.mode() != Opcodes.MODE_MEM) {
            throw unknownOpcode();
        }
        zero("source register", slot.src());
        Operand value = Operand.of(slot.imm());
        return new Insn.Store(Opcodes.width(slot.code()), register(slot.dst()), slot.off(), value);
    }

    private Insn storeRegister() throws MalformedInsnException {
        Width width = Opcodes.width(slot.code());
        if (slot.mode() == Opcodes.MODE_ATOMIC) {
            return atomic(width);
        }
        if (slot.mode() != Opcodes.MODE_MEM) {
            throw unknownOpcode();
        }
        zeroImmediate();
        return new Insn.Store(width, register(slot.dst()), slot.off(), Operand.of(register(slot.src())));
    }

    private Insn atomic(Width width) throws MalformedInsnException {
        if (slot.imm() == Opcodes.LOAD_ACQUIRE || slot.imm() == Opcodes.STORE_RELEASE) {
            throw error("load_acquire and store_release are newer than cpu v4");
        }
        if (width != Width.W && width != Width.DW) {
            throw unknownOpcode();
        }
        boolean fetch = (slot.imm() & Opcodes.FETCH) != 0;
        for (Insn.AtomicOp op : Insn.AtomicOp.values()) {
            if (op.code() == (slot.imm() & ~Opcodes.FETCH) && (fetch || !op.exchanges())) {
                boolean writesSource = fetch && op != Insn.AtomicOp.CMPXCHG;
                Reg src = writesSource ? written(slot.src()) : register(slot.src());
                return new Insn.Atomic(op, fetch, width, register(slot.dst()), slot.off(), src);
            }
        }
        throw error("unknown atomic operation 0x%x".formatted(slot.imm()));
    }

    private Insn loadImmediateOrPacket() throws MalformedInsnException {
        Width width = Opcodes.width(slot.code());
        if (slot.mode() == Opcodes.MODE_IMM && width == Width.DW) {
            return loadImm64();
        }
        boolean packet = slot.mode() == Opcodes.MODE_ABS || slot.mode() == Opcodes.MODE_IND;
        if (!packet || width == Width.DW) {
            throw unknownOpcode();
        }
        zero("destination register", slot.dst());
        zeroOffset();
        if (slot.mode() == Opcodes.MODE_IND) {
            return new Insn.LoadPacket(width, Optional.of(register(slot.src())), slot.imm());
        }
        zero("source register", slot.src());
        return new Insn.LoadPacket(width, Optional.empty(), slot.imm());
    }

    private Insn loadImm64() throws MalformedInsnException {
        Insn.Pseudo[] forms = Insn.Pseudo.values();
        if (slot.src() >= forms.length) {
            throw error("unknown form " + slot.src() + " of a 64-bit immediate");
        }
        zeroOffset();
        if (!rest.hasRemaining()) {
            throw error("64-bit immediate without its second slot");
        }
        Slot second = Slot.read(rest);
        if (second.code() != 0 || second.dst() != 0 || second.src() != 0 || second.off() != 0) {
            throw new MalformedInsnException(at + 1, "second slot of a 64-bit immediate uses a reserved field");
        }
        Insn.Pseudo pseudo = forms[slot.src()];
        if (pseudo.lowWordOnly() && second.imm() != 0) {
            throw new MalformedInsnException(at + 1, "reserved immediate is not zero");
        }
        long value = (long) second.imm() << 32 | slot.imm() & 0xffffffffL;
        return new Insn.LoadImm64(pseudo, written(slot.dst()), value);
    }

    private Insn jumpOrCall() throws MalformedInsnException {
        return switch (slot.operation()) {
            case Opcodes.JA -> {
                bare();
                zero("source register", slot.src());
                zeroImmediate();
                yield new Insn.Goto(slot.off());
            }
            case Opcodes.CALL -> call();
            case Opcodes.EXIT -> {
                bare();
                zero("source register", slot.src());
                zeroOffset();
                zeroImmediate();
                yield new Insn.Exit();
            }
            case Opcodes.JCOND -> throw error("may_goto is newer than cpu v4");
            default -> jump(Width.DW);
        };
    }

    private Insn call() throws MalformedInsnException {
        bare();
        return switch (slot.src()) {
            case 0 -> {
                zeroOffset();
                yield new Insn.CallHelper(slot.imm());
            }
            case Opcodes.CALL_LOCAL -> {
                zeroOffset();
                yield new Insn.CallLocal(slot.imm());
            }
            case Opcodes.CALL_KFUNC -> new Insn.CallKfunc(slot.imm(), slot.off());
            default -> throw error("unknown form " + slot.src() + " of a call");
        };
    }

    private Insn jump32() throws MalformedInsnException {
        if (slot.operation() != Opcodes.JA) {
            return jump(Width.W);
        }
        bare();
        zero("source register", slot.src());
        zeroOffset();
        return new Insn.GotoLong(slot.imm());
    }

    private Insn jump(Width width) throws MalformedInsnException {
        for (Insn.JumpOp op : Insn.JumpOp.values()) {
            if (op.code() == slot.operation()) {
                return new Insn.Jump(op, width, register(slot.dst()), operand(), slot.off());
            }
        }
        throw unknownOpcode();
    }

    /** Checks that neither the source bit nor a destination register is set. */
    private void bare() throws MalformedInsnException {
        if (slot.fromRegister()) {
            throw unknownOpcode();
        }
        zero("destination register", slot.dst());
    }

    private Operand operand() throws MalformedInsnException {
        if (slot.fromRegister()) {
            zeroImmediate();
            return Operand.of(register(slot.src()));
        }
        zero("source register", slot.src());
        return Operand.of(slot.imm());
    }

    private Reg written(int number) throws MalformedInsnException {
        Reg reg = register(number);
        if (reg == Reg.R10) {
            throw error("write to read-only r10");
        }
        return reg;
    }

    private Reg register(int number) throws MalformedInsnException {
        if (number > Reg.R10.number()) {
            throw error("no register r" + number);
        }
        return Reg.of(number);
    }

    private void zeroOffset() throws MalformedInsnException {
        zero("offset", slot.off());
    }

    private void zeroImmediate() throws MalformedInsnException {
        zero("immediate", slot.imm());
    }

    private void zero(String field, int value) throws MalformedInsnException {
        if (value != 0) {
            throw error("reserved " + field + " is not zero");
        }
    }

    private MalformedInsnException unknownOpcode() {
        return error("unknown opcode 0x%02x".formatted(slot.code()));
    }

    private MalformedInsnException error(String problem) {
        return new MalformedInsnException(at, problem);
    }
}
