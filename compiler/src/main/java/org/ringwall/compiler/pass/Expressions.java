package org.ringwall.compiler.pass;

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
 * Which values of a routine are the same number on every way on which both are made: they read the same place of the request, and
 * nothing between has changed it, or compute the same of such. One of them stands for all. Where no request changes, and what
 * no program writes before it ends, is read often and by several blocks that know nothing of each other; what a test has said of
 * one of these reads holds for the others.
 */
final class Expressions {
    private static final Value NONE = new Value(0);

    /** What a routine computes of numbers alone; to compare two tables would take longer than to ask them. */
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

    private static final Set<Class<? extends Instruction>> READING = Set.of(
            Instruction.ReadContext.class,
            Instruction.ReadPacket.class,
            Instruction.ReadString.class,
            Instruction.ReadStamp.class,
            Instruction.Shift.class,
            Instruction.LowBits.class,
            Instruction.Masked.class,
            Instruction.WireProtocol.class,
            Instruction.Less.class,
            Instruction.NetworkOrder.class,
            Instruction.Join.class);

    private final boolean onePacket;
    private final boolean answered;
    private final Map<Key, Value> first = new HashMap<>();
    private final Map<Value, Value> same = new HashMap<>();
    private final Map<Value, Instruction> makers = new HashMap<>();
    private final Map<BlockId, Filled> atEntry = new HashMap<>();

    /** How a value is made, with those that stand for its operands, and what has filled the place that is read. */
    private record Key(Instruction shape, Optional<Value> filled) {}

    /** The call that has filled the string buffer, and the one that has copied a stamp; nothing where ways differ. */
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

    /** The value that stands for all that are the same. */
    Value of(Value value) {
        return same.getOrDefault(value, value);
    }

    /** What makes the value, or the one that stands for it. */
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

    /** Whether one or two instructions of the machine make the value, and destroy nothing: a load, a shift, a swap. */
    static boolean isReading(Instruction instruction) {
        return READING.contains(instruction.getClass());
    }

    /** Whether it reads what nothing changes while the program runs, or computes. */
    private boolean isSteady(Instruction instruction) {
        if (instruction instanceof Instruction.ReadContext) {
            // What getsockopt answers is written by code in the middle, with its length.
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
