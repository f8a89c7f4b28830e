// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Renaming;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * Value numbering: values that are equal on every path on which both are computed, because they
 * read the same data without a change in between, or compute the same from equal values. One value
 * represents each class. A request does not change during a run, and several blocks often read the
 * same field, so that a fact about one read holds for all.
 */
final class Expressions {
    private static final Value NONE = new Value(0);

    /**
     * Instructions that only compute numbers. Lookups are not included, because comparing two
     * tables takes too long.
     */
    private static final Set<Class<? extends Instruction>> COMPUTED = Set.of(
            Instruction.Constant.class,
            Instruction.Shift.class,
            Instruction.LowBits.class,
            Instruction.Masked.class,
            Instruction.WireProtocol.class,
            Instruction.NetworkOrder.class,
            Instruction.Join.class,
            Instruction.Less.class,
            Instruction.BitOf.class,
            Instruction.Differences.class,
            Instruction.InRanges.class,
            Instruction.OneOf.class);

    private final boolean onePacket;
    private final boolean answered;
    private final Map<Key, Value> first = new HashMap<>();
    private final Map<Value, Value> same = new HashMap<>();
    private final Map<Value, Instruction> makers = new HashMap<>();
    private final Map<BlockId, Filled> atEntry = new HashMap<>();

    /**
     * An instruction with the representatives of its operands, and the instruction that has filled
     * the place that it reads.
     */
    private record Key(Instruction shape, Optional<Value> filled) {}

    /**
     * The call that has filled the string buffer, and the one that has loaded a stamp; empty if
     * paths differ.
     */
    private record Filled(Optional<Value> string, Optional<Value> stamp) {
        Filled meet(Filled other) {
            return new Filled(
                    string.filter(value -> other.string.equals(Optional.of(value))),
                    stamp.filter(value -> other.stamp.equals(Optional.of(value))));
        }
    }

    Expressions(Routine routine) {
        this.onePacket = routine.blocks().stream()
                        .filter(block -> block.end() instanceof Terminator.OpenPacket)
                        .count()
                == 1;
        this.answered = routine.blocks().stream()
                .flatMap(block -> block.instructions().stream())
                .anyMatch(Instruction.LeaveToKernel.class::isInstance);
        atEntry.put(routine.blocks().get(0).id(), new Filled(Optional.empty(), Optional.empty()));
        routine.blocks().forEach(this::number);
    }

    /** Returns the representative of the value's class. */
    Value of(Value value) {
        return same.getOrDefault(value, value);
    }

    /** Returns the instruction that defines the representative. */
    Optional<Instruction> maker(Value value) {
        return Optional.ofNullable(makers.get(of(value)));
    }

    private void number(BasicBlock block) {
        Filled filled = atEntry.getOrDefault(block.id(), new Filled(Optional.empty(), Optional.empty()));
        for (Instruction instruction : block.instructions()) {
            Value result = instruction.result();
            Value standsFor = key(instruction, filled)
                    .map(key -> first.computeIfAbsent(key, k -> result))
                    .orElse(result);
            same.put(result, standsFor);
            makers.putIfAbsent(standsFor, instruction);
            if (instruction instanceof Instruction.CallString) {
                filled = new Filled(Optional.of(result), filled.stamp());
            } else if (instruction instanceof Instruction.LoadStamp) {
                filled = new Filled(filled.string(), Optional.of(result));
            }
        }
        Filled exit = filled;
        block.end().targets().forEach(target -> atEntry.merge(target, exit, Filled::meet));
    }

    private Optional<Key> key(Instruction instruction, Filled filled) {
        if (instruction instanceof Instruction.ReadString) {
            return filled.string().map(call -> new Key(shape(instruction), Optional.of(call)));
        } else if (instruction instanceof Instruction.ReadStamp) {
            return filled.stamp().map(load -> new Key(shape(instruction), Optional.of(load)));
        }
        return isSteady(instruction) ? Optional.of(new Key(shape(instruction), Optional.empty())) : Optional.empty();
    }

    /**
     * Whether the instruction computes, or reads data that does not change while the program runs.
     */
    private boolean isSteady(Instruction instruction) {
        if (instruction instanceof Instruction.ReadContext) {
            // At getsockopt the program itself writes the answer and its length before the end.
            return !answered;
        } else if (instruction instanceof Instruction.ReadPacket) {
            return onePacket;
        }
        return instruction instanceof Instruction.CallIdentity || isComputed(instruction);
    }

    private static boolean isComputed(Instruction instruction) {
        return COMPUTED.contains(instruction.getClass());
    }

    private Instruction shape(Instruction instruction) {
        Value result = instruction.result();
        return Renaming.of(instruction, value -> value.equals(result) ? NONE : of(value));
    }
}
