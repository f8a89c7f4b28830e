// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.HashSet;
import java.util.Set;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Width;

/**
 * The operations on pointers other than dereferences. Records which lookups have been compared with
 * 0.
 */
final class Pointers {
    /** BPF_MAX_VAR_OFF of include/linux/bpf_verifier.h. */
    private static final long MAX_DISTANCE = 1 << 29;

    private final Set<Integer> checked = new HashSet<>();
    private int lookups;

    /** Returns the pointer of a lookup, which must be compared with 0. */
    Value.Pointer found(Region region) {
        lookups++;
        return new Value.Pointer(region, 0, lookups);
    }

    /** Returns the pointer, if it may be dereferenced. */
    Value.Pointer usable(Value value) {
        if (!(value instanceof Value.Pointer pointer)) {
            throw new TrapException("invalid mem access 'scalar'");
        }
        if (unchecked(pointer)) {
            throw new TrapException("invalid mem access 'map_value_or_null'");
        }
        if (pointer.region() instanceof ContextRegion && pointer.offset() != 0) {
            throw new TrapException("dereference of modified ctx ptr, off=" + pointer.offset());
        }
        return pointer;
    }

    /** Adds a number to a pointer or subtracts it, 64 bits wide: `adjust_ptr_min_max_vals`. */
    Value move(Insn.Alu insn, Value left, Value right) {
        boolean sum = insn.op() == Insn.AluOp.ADD;
        boolean swapped = sum && left instanceof Value.Scalar;
        Value base = swapped ? right : left;
        Value distance = swapped ? left : right;
        boolean shift = (sum || insn.op() == Insn.AluOp.SUB) && insn.width() == Width.DW;
        if (!shift || !(base instanceof Value.Pointer pointer) || !(distance instanceof Value.Scalar scalar)) {
            throw new TrapException("pointer arithmetic with " + insn.op().symbol() + " prohibited");
        }
        if (!pointer.region().movable() || unchecked(pointer)) {
            throw new TrapException("pointer arithmetic on " + pointer + " prohibited");
        }
        long moved = sum ? pointer.offset() + scalar.bits() : pointer.offset() - scalar.bits();
        if (far(scalar.bits()) || far(moved)) {
            throw new TrapException("math between %s and %d is not allowed".formatted(pointer, scalar.bits()));
        }
        return new Value.Pointer(pointer.region(), moved, pointer.lookup());
    }

    /**
     * Compares pointers: the result of a lookup may be compared with 0 for equality, and a packet's
     * pointers with its end.
     */
    boolean holds(Insn.Jump insn, Value left, Value right) {
        if (insn.width() == Width.DW && left instanceof Value.Pointer one && right instanceof Value.Pointer other) {
            return holds(insn.op(), one, other);
        }
        boolean equality = insn.op() == Insn.JumpOp.EQ || insn.op() == Insn.JumpOp.NE;
        boolean zero = insn.src() instanceof Operand.OfImm && right.equals(new Value.Scalar(0));
        if (!(left instanceof Value.Pointer pointer)
                || !equality
                || !zero
                || insn.width() != Width.DW
                || pointer.lookup() == 0) {
            throw new TrapException("pointer comparison prohibited");
        }
        checked.add(pointer.lookup());
        return insn.op() == Insn.JumpOp.NE;
    }

    /**
     * Compares a packet pointer with the end, in four orders and either direction. If the pointer
     * is not after the end, the bytes before it are verified (`try_match_pkt_pointers`).
     */
    private static boolean holds(Insn.JumpOp op, Value.Pointer left, Value.Pointer right) {
        if (left.region() instanceof PacketRegion.End end && right.region().equals(end.packet())) {
            return holds(mirrored(op), right, left);
        }
        if (!(left.region() instanceof PacketRegion packet) || !right.region().equals(packet.end())) {
            throw new TrapException("pointer comparison prohibited");
        }
        long at = left.offset();
        boolean strict = op == Insn.JumpOp.GE || op == Insn.JumpOp.LT;
        boolean inside = strict ? at < packet.size() : at <= packet.size();
        if (inside) {
            packet.show(strict ? at + 1 : at);
        }
        return switch (op) {
            case LT, LE -> inside;
            case GT, GE -> !inside;
            default -> throw new TrapException("pointer comparison prohibited");
        };
    }

    private static Insn.JumpOp mirrored(Insn.JumpOp op) {
        return switch (op) {
            case LT -> Insn.JumpOp.GT;
            case LE -> Insn.JumpOp.GE;
            case GT -> Insn.JumpOp.LT;
            case GE -> Insn.JumpOp.LE;
            default -> op;
        };
    }

    private static boolean far(long distance) {
        return distance >= MAX_DISTANCE || distance <= -MAX_DISTANCE;
    }

    private boolean unchecked(Value.Pointer pointer) {
        return pointer.lookup() != 0 && !checked.contains(pointer.lookup());
    }

    /** Returns the number in a register that must not contain a pointer. */
    static long scalar(String what, Value value) {
        if (value instanceof Value.Scalar scalar) {
            return scalar.bits();
        }
        throw new TrapException(what + " leaks address of " + value);
    }
}
