// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operands of instructions and terminators: the only place that knows which fields are
 * operands.
 */
public final class Uses implements Instruction.Visitor<List<Value>>, Terminator.Visitor<List<Value>> {
    private static final Uses USES = new Uses();

    private Uses() {}

    /** Returns the operands of the instruction. */
    public static List<Value> of(Instruction instruction) {
        return instruction.accept(USES);
    }

    /** Returns the number of uses of each value that has any. */
    public static Map<Value, Integer> count(Routine routine) {
        Map<Value, Integer> counts = new HashMap<>();
        for (BasicBlock block : routine.blocks()) {
            for (Instruction instruction : block.instructions()) {
                of(instruction).forEach(value -> counts.merge(value, 1, Integer::sum));
            }
            of(block.end()).forEach(value -> counts.merge(value, 1, Integer::sum));
        }
        return counts;
    }

    /**
     * Whether the instruction only tests its operands for equality with constants, which works in
     * either byte order.
     */
    public static boolean asksEquality(Instruction instruction) {
        return instruction instanceof Instruction.OneOf || instruction instanceof Instruction.Differences;
    }

    /**
     * Whether the terminator only tests its operands for equality with constants, which works in
     * either byte order.
     */
    public static boolean asksEquality(Terminator end) {
        return end instanceof Terminator.Branch branch
                && branch.right() instanceof Terminator.Right.OfNumber
                && branch.op().isEquality();
    }

    /** Returns the operands of the terminator. */
    public static List<Value> of(Terminator end) {
        return end.accept(USES);
    }

    @Override
    public List<Value> readContext(Instruction.ReadContext instruction) {
        return List.of();
    }

    @Override
    public List<Value> addressOf(Instruction.AddressOf instruction) {
        return List.of();
    }

    @Override
    public List<Value> readGlobal(Instruction.ReadGlobal instruction) {
        return List.of(instruction.base());
    }

    @Override
    public List<Value> callIdentity(Instruction.CallIdentity instruction) {
        return List.of();
    }

    @Override
    public List<Value> callString(Instruction.CallString instruction) {
        return List.of();
    }

    @Override
    public List<Value> readString(Instruction.ReadString instruction) {
        return List.of();
    }

    @Override
    public List<Value> walkString(Instruction.WalkString walk) {
        return List.of(walk.length());
    }

    @Override
    public List<Value> findString(Instruction.FindString instruction) {
        return List.of();
    }

    @Override
    public List<Value> findEnd(Instruction.FindEnd find) {
        return find.length().stream().toList();
    }

    @Override
    public List<Value> findByte(Instruction.FindByte find) {
        return List.of();
    }

    @Override
    public List<Value> endPlace(Instruction.EndPlace place) {
        return List.of(place.end());
    }

    @Override
    public List<Value> endShift(Instruction.EndShift shift) {
        return List.of(shift.end());
    }

    @Override
    public List<Value> readEnd(Instruction.ReadEnd read) {
        return List.of(read.place(), read.shift());
    }

    @Override
    public List<Value> leaveToKernel(Instruction.LeaveToKernel instruction) {
        return List.of();
    }

    @Override
    public List<Value> readOption(Instruction.ReadOption instruction) {
        return List.of();
    }

    @Override
    public List<Value> readPacket(Instruction.ReadPacket instruction) {
        return List.of();
    }

    @Override
    public List<Value> callState(Instruction.CallState call) {
        return call.operands();
    }

    @Override
    public List<Value> lookUp(Instruction.LookUp look) {
        return List.of(look.number());
    }

    @Override
    public List<Value> rowOf(Instruction.RowOf instruction) {
        return List.of(instruction.index());
    }

    @Override
    public List<Value> both(Instruction.Both instruction) {
        return List.of(instruction.left(), instruction.right());
    }

    @Override
    public List<Value> lowest(Instruction.Lowest instruction) {
        return List.of(instruction.of());
    }

    @Override
    public List<Value> oneOf(Instruction.OneOf instruction) {
        return List.of(instruction.number());
    }

    @Override
    public List<Value> differences(Instruction.Differences instruction) {
        return List.of(instruction.number());
    }

    @Override
    public List<Value> inRanges(Instruction.InRanges instruction) {
        return List.of(instruction.number());
    }

    @Override
    public List<Value> bitOf(Instruction.BitOf instruction) {
        return List.of(instruction.index());
    }

    @Override
    public List<Value> less(Instruction.Less instruction) {
        return List.of(instruction.of());
    }

    @Override
    public List<Value> findRoute(Instruction.FindRoute instruction) {
        return List.of();
    }

    @Override
    public List<Value> stampSocket(Instruction.StampSocket instruction) {
        return List.of();
    }

    @Override
    public List<Value> loadStamp(Instruction.LoadStamp instruction) {
        return List.of();
    }

    @Override
    public List<Value> foundStamp(Instruction.FoundStamp instruction) {
        return List.of();
    }

    @Override
    public List<Value> readStamp(Instruction.ReadStamp instruction) {
        return List.of();
    }

    @Override
    public List<Value> readStampedName(Instruction.ReadStampedName instruction) {
        return List.of();
    }

    @Override
    public List<Value> constant(Instruction.Constant instruction) {
        return List.of();
    }

    @Override
    public List<Value> shift(Instruction.Shift instruction) {
        return List.of(instruction.of());
    }

    @Override
    public List<Value> lowBits(Instruction.LowBits instruction) {
        return List.of(instruction.of());
    }

    @Override
    public List<Value> masked(Instruction.Masked instruction) {
        return List.of(instruction.of());
    }

    @Override
    public List<Value> wireProtocol(Instruction.WireProtocol instruction) {
        return List.of(instruction.protocol(), instruction.type());
    }

    @Override
    public List<Value> networkOrder(Instruction.NetworkOrder instruction) {
        return List.of(instruction.of());
    }

    @Override
    public List<Value> join(Instruction.Join instruction) {
        return List.of(instruction.high(), instruction.low());
    }

    @Override
    public List<Value> branch(Terminator.Branch end) {
        return end.right() instanceof Terminator.Right.OfValue right
                ? List.of(end.left(), right.value())
                : List.of(end.left());
    }

    @Override
    public List<Value> choose(Terminator.Switch end) {
        return List.of(end.value());
    }

    @Override
    public List<Value> goOn(Terminator.Goto end) {
        return List.of();
    }

    @Override
    public List<Value> openPacket(Terminator.OpenPacket end) {
        return List.of();
    }

    @Override
    public List<Value> decide(Terminator.Decide end) {
        return List.of(end.bit());
    }

    @Override
    public List<Value> end(Terminator.Return end) {
        return end.writes().stream().flatMap(write -> write.uses().stream()).toList();
    }
}
