package org.ringwall.compiler.ir;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Width;

/**
 * Values that stay in network order: of those only equality with numbers is asked, or what a table says that is laid out for
 * that order, and the code holds the numbers in that order instead, or they are written somewhere in that order. Of 64
 * bits, which no instruction compares with such a number, all is written. What is read must have no bits beyond those that
 * would be swapped; so `user_port` is 16 bits and two bytes of 0, as sock_addr_convert_ctx_access in net/core/filter.c loads it since 5.8.
 */
public final class Unswapped {
    private final Map<Value, Instruction.Swap> values = new HashMap<>();

    /** Those of this routine. */
    public Unswapped(Routine routine) {
        routine.blocks().forEach(block -> block.instructions().forEach(this::read));
        routine.blocks().forEach(this::drop);
    }

    /** The order in which the value lies; NONE for the machine's own. */
    public Instruction.Swap order(Value value) {
        return values.getOrDefault(value, Instruction.Swap.NONE);
    }

    private void read(Instruction instruction) {
        if (instruction instanceof Instruction.ReadContext read && isExact(read)) {
            values.put(read.result(), read.swap());
        } else if (instruction instanceof Instruction.ReadPacket packet && isExact(packet.swap(), packet.width())) {
            values.put(packet.result(), packet.swap());
        } else if (instruction instanceof Instruction.ReadString word) {
            word(word.result(), word.width());
        } else if (instruction instanceof Instruction.ReadStampedName word) {
            word(word.result(), word.width());
        }
    }

    private void word(Value word, Width width) {
        switch (width) {
            case H -> values.put(word, Instruction.Swap.BE16);
            case W -> values.put(word, Instruction.Swap.BE32);
            case B, DW -> {}
        }
    }

    private static boolean isExact(Instruction.ReadContext read) {
        boolean port = read.field().name().equals("user_port") && read.swap() == Instruction.Swap.BE16;
        return port || isExact(read.swap(), read.width());
    }

    private static boolean isExact(Instruction.Swap swap, Width width) {
        return swap != Instruction.Swap.NONE && swap.bits() == width.bits();
    }

    private boolean isWide(Value value) {
        return order(value) == Instruction.Swap.BE64;
    }

    /** Whether the instruction writes this one of its operands in the order in which it lies. */
    private boolean isWritten(Instruction instruction, Value value) {
        return instruction instanceof Instruction.CallState call
                && written(call.op(), call.operands().size()) == order(value).bits();
    }

    /** The bits of each number that the operation writes in network order, or -1. */
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
                    .filter(value -> !isWritten(instruction, value))
                    .toList();
            drop(swapped, Uses.asksEquality(instruction));
        }
        drop(Uses.of(block.end()), Uses.asksEquality(block.end()));
    }

    /** Of those that nothing but equality is asked of only the wide ones go. */
    private void drop(List<Value> used, boolean asksEquality) {
        used.stream().filter(value -> !asksEquality || isWide(value)).forEach(values::remove);
    }
}
