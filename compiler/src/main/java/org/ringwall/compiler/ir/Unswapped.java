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
 * a value has the same order. The swap must be of all bytes that are read ({@link
 * Op.Load#swapsAll}).
 */
public final class Unswapped {
    private final Map<Value, Swap> values = new HashMap<>();
    private final Set<Value> constants = new HashSet<>();
    private final Map<Value, Integer> uses;
    private final List<Instruction> masked = new ArrayList<>();

    /** Analyses a routine. */
    public Unswapped(Routine routine) {
        this.uses = routine.uses();
        routine.blocks().forEach(block -> block.instructions().forEach(this::read));
        routine.blocks().forEach(this::drop);
        boolean dropped;
        do {
            dropped = false;
            for (Instruction mask : masked) {
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
        if (instruction.op() instanceof Op.Constant) {
            constants.add(instruction.result());
        } else if (instruction.op() instanceof Op.Load load && load.swapsAll()) {
            values.put(instruction.result(), load.swap());
        } else if (isMask(instruction)) {
            Swap order = order(instruction.operand(0));
            if (order != Swap.NONE && order != Swap.BE64) {
                values.put(instruction.result(), order);
                masked.add(instruction);
            }
        }
    }

    private static boolean isMask(Instruction instruction) {
        return instruction.op() instanceof NumberOp.Alu alu && alu.is(NumberOp.Operator.AND);
    }

    private boolean isWide(Value value) {
        return order(value) == Swap.BE64;
    }

    /** Whether the instruction masks a value that may stay in network order. */
    private boolean isKept(Instruction instruction) {
        return isMask(instruction) && order(instruction.result()) != Swap.NONE;
    }

    /**
     * Keeps a value and its masked bits in the same order; returns whether one of them was removed.
     */
    private boolean dropHalf(Instruction mask) {
        if (values.containsKey(mask.operand(0)) == values.containsKey(mask.result())) {
            return false;
        }
        values.remove(mask.operand(0));
        values.remove(mask.result());
        return true;
    }

    /** Whether the instruction stores this operand in the operand's own byte order. */
    private boolean isWritten(Instruction instruction, Value value) {
        return instruction.op() instanceof StateOp op
                && written(op, instruction.operands().size()) == order(value).bits();
    }

    /**
     * Returns the number of bits of each operand that the operation stores in network order, or -1.
     */
    private static int written(StateOp op, int operands) {
        if (op instanceof StateOp.Covered covered && covered.type().isAddress()) {
            return operands == 1 ? Width.W.bits() : Width.DW.bits();
        } else if (op instanceof StateOp.Store store) {
            return switch (store.form()) {
                case NETWORK -> store.width().bits();
                case MAPPED -> Width.W.bits();
                case HOST, NEGATED -> -1;
            };
        }
        return -1;
    }

    private void drop(BasicBlock block) {
        for (Instruction instruction : block.instructions()) {
            List<Value> swapped = instruction.operands().stream()
                    .filter(value -> !isWritten(instruction, value) && !isKept(instruction))
                    .toList();
            drop(swapped, testsEquality(instruction));
        }
        if (!(block.end() instanceof Terminator.Branch branch) || !asksWide(branch)) {
            drop(block.end().operands(), block.end().testsEquality());
        }
    }

    /**
     * Whether the instruction only tests its operands for equality with constants, in whatever
     * order they are. A masked value in network order has its bits at the upper end of the word, so
     * that a product of such differences may overflow to 0.
     */
    private boolean testsEquality(Instruction instruction) {
        return instruction.op().testsEquality()
                && (!(instruction.op() instanceof NumberOp.Product product)
                        || product.points().size()
                                        * order(instruction.operand(0)).bits()
                                < Long.SIZE);
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
