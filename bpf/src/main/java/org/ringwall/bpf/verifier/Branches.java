// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** The conclusions from a comparison on both sides of a jump. */
final class Branches {
    private static final long WORD = 0xffff_ffffL;

    /** MAX_PACKET_OFF. */
    private static final int MOST_PACKET = 0xffff;

    private final Report report;

    Branches(Report report) {
        this.report = report;
    }

    /**
     * Returns the state if the jump is taken, or if it is not; empty if that never happens. Does
     * not change the given state.
     */
    Optional<State> follow(State before, int slot, Insn.Jump jump, boolean taken) {
        State state = before.copy();
        Value left = state.get(jump.dst());
        Value right = jump.src() instanceof Operand.OfReg of
                ? state.get(of.reg())
                : Value.of(Numbers.of(((Operand.OfImm) jump.src()).value()));
        if (left.pointers().isEmpty() && right.pointers().isEmpty()) {
            return numbers(state, jump, taken, left, right);
        } else if (nullTest(jump)) {
            return isNull(jump, taken) ? whereNull(state, jump.dst()) : wherePresent(state, jump.dst());
        } else if (packetEnd(left, right, jump)) {
            boolean inside = taken == (jump.op() == Insn.JumpOp.LE);
            if (inside) {
                show(state, (Pointer.Packet) left.pointers().get(0));
            }
        } else {
            report.add(VerifierAssertion.POINTER, slot, "compares " + left + " with " + right);
        }
        return Optional.of(state);
    }

    private static boolean nullTest(Insn.Jump jump) {
        boolean equality = jump.op() == Insn.JumpOp.EQ || jump.op() == Insn.JumpOp.NE;
        return equality && jump.width() == Width.DW && jump.src().equals(Operand.of(0));
    }

    private static boolean isNull(Insn.Jump jump, boolean taken) {
        return taken == (jump.op() == Insn.JumpOp.EQ);
    }

    private static boolean packetEnd(Value left, Value right, Insn.Jump jump) {
        boolean sides = left.pointer().filter(Pointer.Packet.class::isInstance).isPresent()
                && right.pointer().filter(Pointer.PacketEnd.class::isInstance).isPresent();
        return sides && jump.width() == Width.DW && (jump.op() == Insn.JumpOp.GT || jump.op() == Insn.JumpOp.LE);
    }

    /** Marks verified bytes: find_good_pkt_pointers in kernel/bpf/verifier.c. */
    private static void show(State state, Pointer.Packet packet) {
        if (packet.off() > 0 && packet.most() + packet.off() <= MOST_PACKET) {
            state.showPacket(packet.base(), packet.off());
        }
    }

    /**
     * Returns the state in which the register is null; empty if it never is. If it can only be one
     * nullable pointer, all copies of that become null (mark_ptr_or_null_regs).
     */
    private static Optional<State> whereNull(State state, Reg reg) {
        Value value = state.get(reg);
        Optional<Pointer> only = value.pointer().filter(Pointer::nullable);
        if (only.isPresent()) {
            state.makeNull(only.get().id());
            state.release(only.get().id());
            return Optional.of(state);
        }
        boolean mayBeNull = value.pointers().stream().anyMatch(Pointer::nullable)
                || value.numbers().within(0, 0)
                || !value.numbers().isConstant() && !value.numbers().isEmpty()
                || !value.numbers().filter(each -> each == 0).isEmpty();
        Value certain = value.map(pointer -> mayEqualNull(pointer) ? Value.of(pointer) : Value.NOTHING);
        Value left = certain.withNumbers(mayBeNull ? Numbers.ZERO : Numbers.NONE);
        state.set(reg, left);
        return left.equals(Value.NOTHING) ? Optional.empty() : Optional.of(state);
    }

    /**
     * Returns whether a pointer may equal 0. From 5.8 on the kernel knows that a value of a map is
     * not 0 (reg_type_not_null). A null of a nullable pointer is represented by the number 0.
     */
    private static boolean mayEqualNull(Pointer pointer) {
        return !pointer.nullable() && !(pointer instanceof Pointer.MapValue);
    }

    private static Optional<State> wherePresent(State state, Reg reg) {
        Value value = state.get(reg);
        Numbers numbers = value.numbers().isConstant() || value.numbers().isEmpty()
                ? value.numbers().filter(each -> each != 0)
                : value.numbers();
        if (numbers.isEmpty() && value.pointers().isEmpty()) {
            return Optional.empty();
        }
        Set<Integer> ids = value.pointers().stream().map(Pointer::id).collect(Collectors.toSet());
        int id = ids.size() == 1 ? ids.iterator().next() : Pointer.NO_ID;
        if (numbers.isEmpty() && id != Pointer.NO_ID) {
            state.replace(id, Pointer::present);
        }
        Value present = value.map(pointer -> Value.of(pointer.present()));
        state.set(reg, present.withNumbers(numbers));
        return Optional.of(state);
    }

    private static Optional<State> numbers(State state, Insn.Jump jump, boolean taken, Value left, Value right) {
        if (!left.isNumber() || !right.isNumber()) {
            return Optional.of(state);
        }
        Numbers with = right.numbers();
        if (left.numbers().isConstant() && with.isSingle()) {
            Numbers kept = left.numbers().filter(each -> test(jump, each, with.min()) == taken);
            state.set(jump.dst(), Value.of(kept));
            return kept.isEmpty() ? Optional.empty() : Optional.of(state);
        }
        boolean whole = jump.width() == Width.DW || left.numbers().within(0, WORD) && with.within(0, Integer.MAX_VALUE);
        if (with.isSingle() && whole && jump.op() != Insn.JumpOp.SET) {
            Numbers kept = refined(left.numbers(), implied(jump.op(), taken), with.min());
            if (kept.isEmpty() && jump.width() == Width.DW) {
                return Optional.empty();
            }
            state.set(jump.dst(), kept.isEmpty() ? Value.UNKNOWN : Value.of(kept));
        }
        return Optional.of(state);
    }

    private static Insn.JumpOp implied(Insn.JumpOp op, boolean taken) {
        return taken ? op : op.inverse().orElse(op);
    }

    /**
     * Returns the part of a range that satisfies a comparison with a number. An unsigned comparison
     * implies nothing about numbers that may be negative.
     */
    private static Numbers refined(Numbers range, Insn.JumpOp op, long with) {
        boolean unsigned = with >= 0;
        return switch (op) {
            case EQ -> Numbers.of(with);
            case NE, SET -> range;
            case LE -> unsigned ? range.intersect(0, with) : range;
            case LT -> unsigned && with > 0 ? range.intersect(0, with - 1) : range;
            case GT ->
                unsigned && range.min() >= 0 && with < Long.MAX_VALUE
                        ? range.intersect(with + 1, Long.MAX_VALUE)
                        : range;
            case GE -> unsigned && range.min() >= 0 ? range.intersect(with, Long.MAX_VALUE) : range;
            case SLE -> range.intersect(Long.MIN_VALUE, with);
            case SLT -> with > Long.MIN_VALUE ? range.intersect(Long.MIN_VALUE, with - 1) : range;
            case SGT -> with < Long.MAX_VALUE ? range.intersect(with + 1, Long.MAX_VALUE) : range;
            case SGE -> range.intersect(with, Long.MAX_VALUE);
        };
    }

    private static boolean test(Insn.Jump jump, long left, long right) {
        boolean wide = jump.width() == Width.DW;
        long one = wide ? left : (int) left;
        long other = wide ? right : (int) right;
        return switch (jump.op()) {
            case EQ -> one == other;
            case NE -> one != other;
            case GT -> Long.compareUnsigned(one, other) > 0;
            case GE -> Long.compareUnsigned(one, other) >= 0;
            case LT -> Long.compareUnsigned(one, other) < 0;
            case LE -> Long.compareUnsigned(one, other) <= 0;
            case SGT -> one > other;
            case SGE -> one >= other;
            case SLT -> one < other;
            case SLE -> one <= other;
            case SET -> (one & other) != 0;
        };
    }
}
