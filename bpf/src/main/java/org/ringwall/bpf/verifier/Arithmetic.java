// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** Arithmetic on numbers and pointers. */
final class Arithmetic {
    /** BPF_MAX_VAR_OFF. */
    static final int MOST_OFFSET = 1 << 29;

    /** MAX_PACKET_OFF. */
    private static final int MOST_PACKET = 0xffff;

    private final Report report;

    Arithmetic(Report report) {
        this.report = report;
    }

    /** Returns the value of dst after `dst op= src`. */
    Value compute(State state, int slot, Insn.Alu insn, Value dst, Value src) {
        if (dst.pointers().isEmpty() && src.pointers().isEmpty()) {
            Numbers left = dst.numbers().isEmpty() ? Numbers.UNKNOWN : dst.numbers();
            Numbers right = src.numbers().isEmpty() ? Numbers.UNKNOWN : src.numbers();
            return Value.of(
                    insn.width() == Width.DW ? left.compute(insn.op(), right) : left.computeWord(insn.op(), right));
        }
        boolean moves = insn.op() == Insn.AluOp.ADD && insn.width() == Width.DW;
        boolean left = dst.numbers().isEmpty() && src.pointers().isEmpty();
        boolean right = src.numbers().isEmpty() && dst.pointers().isEmpty();
        if (!moves || !left && !right) {
            report.add(VerifierAssertion.POINTER, slot, "computes with a pointer: " + dst + " and " + src);
            return Value.OPAQUE;
        }
        Numbers by = left ? src.numbers() : dst.numbers();
        Value base = left ? dst : src;
        boolean variable = !by.isConstant();
        boolean sane = by.within(variable ? 0 : -MOST_OFFSET, MOST_OFFSET - 1L);
        if (!sane) {
            report.add(VerifierAssertion.POINTER, slot, "a pointer moves by " + by);
            return Value.OPAQUE;
        }
        if (!by.isSingle() && base.pointers().stream().anyMatch(Pointer.Packet.class::isInstance)) {
            state.forgetPackets(base(slot));
        }
        return base.map(pointer -> moved(slot, pointer, by));
    }

    /**
     * Returns the id of the packet base after a variable length is added at this slot; 0 is the
     * packet's start.
     */
    private static int base(int slot) {
        return slot + 1;
    }

    private Value moved(int slot, Pointer pointer, Numbers by) {
        Optional<Pointer> moved = pointer.nullable() ? Optional.empty() : moved(pointer, by, slot);
        if (moved.isEmpty()) {
            report.add(VerifierAssertion.POINTER, slot, "moves " + pointer + " by " + by);
        }
        return Value.of(moved.orElseGet(Pointer.Opaque::new));
    }

    private static Optional<Pointer> moved(Pointer pointer, Numbers by, int slot) {
        if (pointer instanceof Pointer.Frame frame) {
            return Optional.of(new Pointer.Frame(frame.off().compute(Insn.AluOp.ADD, by)));
        } else if (pointer instanceof Pointer.MapValue value) {
            Numbers off = value.off().compute(Insn.AluOp.ADD, by);
            return Optional.of(new Pointer.MapValue(value.map(), off, value.id(), false));
        } else if (pointer instanceof Pointer.Record rec) {
            Numbers off = rec.off().compute(Insn.AluOp.ADD, by);
            return Optional.of(new Pointer.Record(rec.size(), off, rec.id(), false));
        } else if (pointer instanceof Pointer.Packet packet) {
            return packet(packet, by, slot);
        } else if (!by.isSingle()) {
            return Optional.empty();
        } else if (pointer instanceof Pointer.Context context) {
            return sane(context.off() + by.min()).map(Pointer.Context::new);
        } else if (pointer instanceof Pointer.KernelStruct struct) {
            return sane(struct.off() + by.min()).map(off -> new Pointer.KernelStruct(struct.name(), off));
        } else if (pointer instanceof Pointer.Socket socket && socket.typed()) {
            return sane(by.min()).map(off -> new Pointer.KernelStruct(socket.struct(), off));
        }
        return pointer instanceof Pointer.KernelMemory ? Optional.of(pointer) : Optional.empty();
    }

    private static Optional<Long> sane(long off) {
        return Math.abs(off) < MOST_OFFSET ? Optional.of(off) : Optional.empty();
    }

    /**
     * Moves a packet pointer. Adding a constant keeps the verified range; adding a variable clears
     * it.
     */
    private static Optional<Pointer> packet(Pointer.Packet packet, Numbers by, int slot) {
        if (!by.within(0, MOST_PACKET)) {
            return Optional.empty();
        }
        if (by.isSingle()) {
            int off = packet.off() + (int) by.min();
            return off > MOST_PACKET
                    ? Optional.empty()
                    : Optional.of(new Pointer.Packet(packet.base(), packet.most(), off, packet.range()));
        }
        int most = packet.most() + (int) by.max();
        return most + packet.off() > MOST_PACKET
                ? Optional.empty()
                : Optional.of(new Pointer.Packet(base(slot), most, packet.off(), 0));
    }

    /** Returns the value of a move. */
    Value moved(int slot, Insn.Mov insn, Value src) {
        if (insn.width() == Width.DW && insn.from() == Width.DW) {
            return src.unset() ? new Value(false, Numbers.UNKNOWN, src.pointers()) : src;
        }
        if (!src.pointers().isEmpty()) {
            report.add(VerifierAssertion.POINTER, slot, "copies a part of a pointer");
            return Value.OPAQUE;
        }
        return Value.of(
                insn.width() == Width.W && insn.from() == Width.W && src.isNumber()
                        ? src.numbers().word()
                        : Numbers.UNKNOWN);
    }

    /** Returns the value of a negation or byte swap. */
    Value turned(int slot, Reg reg, Value value) {
        if (!value.pointers().isEmpty()) {
            report.add(VerifierAssertion.POINTER, slot, "turns " + reg + ", which may be a pointer");
        }
        return Value.UNKNOWN;
    }
}
