// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.insn.Width;

/**
 * The values that stay in network order. They are only tested for equality with constants or stored
 * in that order; the constants are swapped instead.
 * A 64-bit value may only be compared by branches, with a constant of its own, which then is in
 * network order too, or with one that fits an immediate in either order. The result of masking such
 * a value has the same order. The width of the read must equal the width of the swap. The exception
 * is `user_port`: 16 bits and two zero bytes, as sock_addr_convert_ctx_access in net/core/filter.c
 * loads it since 5.8.
 */
public final class Unswapped {
    private final Map<Value, Swap> values = new HashMap<>();
    private final Set<Value> constants = new HashSet<>();
    private final Map<Value, Integer> uses;
    private final List<Instruction.Masked> masked = new ArrayList<>();

    /** Analyses a routine. */
    public Unswapped(Routine routine) {
        this.uses = Uses.count(routine);
        routine.blocks().forEach(block -> block.instructions().forEach(this::read));
        routine.blocks().forEach(this::drop);
        boolean dropped;
        do {
            dropped = false;
            for (Instruction.Masked mask : masked) {
                dropped |= dropHalf(mask);
            }
        } while (dropped);
        routine.blocks().forEach(block -> constant(block.end()));
    }

    /** Returns the byte order of the value; NONE for host order. */
    public Swap order(Value value) {
        return values.getOrDefault(value, Swap.NONE);
    }

    private void read(Instruction instruction) {
        if (instruction instanceof Instruction.Constant constant) {
            constants.add(constant.result());
        } else if (instruction instanceof Instruction.ReadContext read && isExact(read)) {
            values.put(read.result(), read.swap());
        } else if (instruction instanceof Instruction.ReadPacket packet && isExact(packet.swap(), packet.width())) {
            values.put(packet.result(), packet.swap());
        } else if (instruction instanceof Instruction.Masked mask
                && order(mask.of()) != Swap.NONE
                && !isWide(mask.of())) {
            values.put(mask.result(), order(mask.of()));
            masked.add(mask);
        } else if (instruction instanceof Instruction.ReadString word) {
            word(word.result(), word.width());
        } else if (instruction instanceof Instruction.ReadStampedName word) {
            word(word.result(), word.width());
        }
    }

    private void word(Value word, Width width) {
        switch (width) {
            case H -> values.put(word, Swap.BE16);
            case W -> values.put(word, Swap.BE32);
            case DW -> values.put(word, Swap.BE64);
            case B -> {}
        }
    }

    private static boolean isExact(Instruction.ReadContext read) {
        boolean port = read.field().name().equals("user_port") && read.swap() == Swap.BE16;
        return port || isExact(read.swap(), read.width());
    }

    private static boolean isExact(Swap swap, Width width) {
        return swap != Swap.NONE && swap.bits() == width.bits();
    }

    private boolean isWide(Value value) {
        return order(value) == Swap.BE64;
    }

    /** Whether the instruction masks a value that may stay in network order. */
    private boolean isKept(Instruction instruction) {
        return instruction instanceof Instruction.Masked && order(instruction.result()) != Swap.NONE;
    }

    /**
     * Keeps a value and its masked bits in the same order; returns whether one of them was removed.
     */
    private boolean dropHalf(Instruction.Masked mask) {
        if (values.containsKey(mask.of()) == values.containsKey(mask.result())) {
            return false;
        }
        values.remove(mask.of());
        values.remove(mask.result());
        return true;
    }

    /** Whether the instruction stores this operand in the operand's own byte order. */
    private boolean isWritten(Instruction instruction, Value value) {
        return instruction instanceof Instruction.CallState call
                && written(call.op(), call.operands().size()) == order(value).bits();
    }

    /**
     * Returns the number of bits of each operand that the operation stores in network order, or -1.
     */
    private static int written(StateOp op, int operands) {
        if (op instanceof StateOp.Covered covered && covered.type().isAddress()) {
            return operands == 1 ? Width.W.bits() : Width.DW.bits();
        } else if (op instanceof StateOp.Put put) {
            return switch (put.form()) {
                case NETWORK -> put.width().bits();
                case MAPPED -> Width.W.bits();
                case HOST, NEGATED -> -1;
            };
        }
        return -1;
    }

    private void drop(BasicBlock block) {
        for (Instruction instruction : block.instructions()) {
            List<Value> swapped = Uses.of(instruction).stream()
                    .filter(value -> !isWritten(instruction, value) && !isKept(instruction))
                    .toList();
            drop(swapped, Uses.asksEquality(instruction));
        }
        if (!(block.end() instanceof Terminator.Branch branch) || !asksWide(branch)) {
            drop(Uses.of(block.end()), Uses.asksEquality(block.end()));
        }
    }

    /** Removes the used values; if the user only tests equality, only the 64-bit ones. */
    private void drop(List<Value> used, boolean asksEquality) {
        used.stream().filter(value -> !asksEquality || isWide(value)).forEach(values::remove);
    }

    /**
     * Whether the branch compares a 64-bit value with a constant that can be in either byte order.
     */
    private boolean asksWide(Terminator.Branch branch) {
        if (!isWide(branch.left()) || !branch.op().isEquality()) {
            return false;
        }
        return branch.right() instanceof Terminator.Right.OfNumber right
                ? Terminator.Branch.holds(Width.DW, Long.reverseBytes(right.number()))
                : isOwnConstant(branch);
    }

    private boolean isOwnConstant(Terminator.Branch branch) {
        return branch.right() instanceof Terminator.Right.OfValue right
                && constants.contains(right.value())
                && uses.getOrDefault(right.value(), 0) == 1;
    }

    /** Gives the constant that a 64-bit value is compared with the same byte order. */
    private void constant(Terminator end) {
        if (end instanceof Terminator.Branch branch
                && isWide(branch.left())
                && branch.right() instanceof Terminator.Right.OfValue right) {
            values.put(right.value(), Swap.BE64);
        }
    }
}
