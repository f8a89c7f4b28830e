// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * Value numbering: values that are equal on every path on which both are computed, because they
 * read the same data without a change in between, or compute the same from equal values. One value
 * represents each class. A request does not change during a run, and several blocks often read the
 * same field, so that a fact about one read holds for all.
 */
final class Expressions {
    private final boolean onePacket;
    private final boolean answered;
    private final Map<Key, Value> first = new HashMap<>();
    private final Map<Value, Value> same = new HashMap<>();
    private final Map<Value, Instruction> makers = new HashMap<>();
    private final Map<BlockId, Filled> atEntry = new HashMap<>();

    /**
     * An operation on the representatives of its operands, and the instruction that has filled the
     * memory that it reads.
     */
    private record Key(Op op, List<Value> operands, Optional<Value> filled) {}

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
                .anyMatch(instruction -> instruction.op() == Intrinsic.LEAVE_TO_KERNEL);
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
            if (instruction.op() instanceof StringOp.CallString) {
                filled = new Filled(Optional.of(result), filled.stamp());
            } else if (instruction.op() == Intrinsic.LOAD_STAMP) {
                filled = new Filled(filled.string(), Optional.of(result));
            }
        }
        Filled exit = filled;
        block.end().targets().forEach(target -> atEntry.merge(target, exit, Filled::meet));
    }

    private Optional<Key> key(Instruction instruction, Filled filled) {
        if (instruction.op() instanceof Op.Load load && load.reads(Op.Space.Memory.STRING)) {
            return filled.string().map(call -> key(instruction, Optional.of(call)));
        } else if (instruction.op() instanceof Op.Load load && load.reads(Op.Space.Memory.STAMP)) {
            return filled.stamp().map(found -> key(instruction, Optional.of(found)));
        }
        return isSteady(instruction.op()) ? Optional.of(key(instruction, Optional.empty())) : Optional.empty();
    }

    private Key key(Instruction instruction, Optional<Value> filled) {
        return new Key(
                instruction.op(), instruction.operands().stream().map(this::of).toList(), filled);
    }

    /**
     * Whether the operation computes, or reads data that does not change while the program runs.
     */
    private boolean isSteady(Op op) {
        if (op instanceof Op.Load load && load.field().isPresent()) {
            // At getsockopt the program itself writes the answer and its length before the end.
            return !answered;
        } else if (op instanceof Op.Load load && load.reads(Op.Space.Memory.PACKET)) {
            return onePacket;
        }
        return op instanceof Op.CallIdentity || op.computes();
    }
}
