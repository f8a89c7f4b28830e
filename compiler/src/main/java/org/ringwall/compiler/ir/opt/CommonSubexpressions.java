// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Renaming;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * Common subexpression elimination for reads of the context, a packet, a string or a stamp, and for
 * shifts and swaps. A value is reused only if no instruction in between clobbers registers, since
 * reading again is cheaper than keeping a value across a call, and if few values are live. A number
 * that so far is only tested for equality, and so may stay in network order, is not swapped for the
 * sake of a later use.
 */
final class CommonSubexpressions {
    /**
     * The maximum number of live values, which leaves registers for everything else, even next to a
     * packet's.
     */
    private static final int MOST = 4;

    /** The maximum distance in blocks between both reads; all blocks in between are examined. */
    private static final int FARTHEST = 1_000;

    private final Routine routine;
    private final Expressions expressions;
    private final Map<BlockId, Integer> places = new HashMap<>();
    private final Map<Value, Integer> homes = new HashMap<>();
    private final Map<Value, Value> replaced = new HashMap<>();
    private final Set<Value> turned = new HashSet<>();
    private final int[] alive;

    private CommonSubexpressions(Routine routine) {
        this.routine = routine;
        this.expressions = new Expressions(routine);
        List<BasicBlock> blocks = routine.blocks();
        this.alive = new int[blocks.size()];
        for (int i = 0; i < blocks.size(); i++) {
            BasicBlock block = blocks.get(i);
            places.put(block.id(), i);
            for (Instruction instruction : block.instructions()) {
                homes.put(instruction.result(), i);
                if (!Uses.asksEquality(instruction)) {
                    turned.addAll(Uses.of(instruction));
                }
            }
            if (!Uses.asksEquality(block.end())) {
                turned.addAll(Uses.of(block.end()));
            }
        }
        countAlive();
    }

    static Routine apply(Routine routine) {
        return new CommonSubexpressions(routine).share();
    }

    /** Computes the maximum number of live values in each block. */
    private void countAlive() {
        Map<BlockId, Set<Value>> atEntry = new HashMap<>();
        for (int i = alive.length - 1; i >= 0; i--) {
            BasicBlock block = routine.blocks().get(i);
            Set<Value> live = new HashSet<>(Uses.of(block.end()));
            block.end().targets().forEach(target -> live.addAll(atEntry.getOrDefault(target, Set.of())));
            alive[i] = live.size();
            for (int j = block.instructions().size() - 1; j >= 0; j--) {
                Instruction instruction = block.instructions().get(j);
                live.remove(instruction.result());
                live.addAll(Uses.of(instruction));
                alive[i] = Math.max(alive[i], live.size());
            }
            atEntry.put(block.id(), live);
        }
    }

    private Routine share() {
        Map<BlockId, Map<Value, Value>> atEntry = new HashMap<>();
        atEntry.put(routine.blocks().get(0).id(), Map.of());
        List<BasicBlock> blocks = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            Map<Value, Value> known = new HashMap<>(atEntry.getOrDefault(block.id(), Map.of()));
            List<Instruction> kept = new ArrayList<>();
            for (Instruction instruction : block.instructions()) {
                Value expression = expressions.of(instruction.result());
                Value before = known.get(expression);
                if (before != null && takes(before, instruction, block)) {
                    replaced.put(instruction.result(), before);
                    continue;
                }
                kept.add(Renaming.of(instruction, this::current));
                if (!isQuiet(instruction)) {
                    known.clear();
                } else if (Expressions.isReading(instruction)) {
                    known.put(expression, instruction.result());
                }
            }
            Map<Value, Value> left = block.end() instanceof Terminator.OpenPacket ? Map.of() : known;
            block.end().targets().forEach(target -> atEntry.merge(target, left, CommonSubexpressions::agreed));
            blocks.add(block.with(kept, Renaming.of(block.end(), this::current, UnaryOperator.identity())));
        }
        return replaced.isEmpty() ? routine : new Routine(routine.hook(), blocks);
    }

    private static Map<Value, Value> agreed(Map<Value, Value> one, Map<Value, Value> other) {
        Map<Value, Value> both = new HashMap<>(one);
        both.entrySet().removeIf(entry -> !entry.getValue().equals(other.get(entry.getKey())));
        return both;
    }

    /**
     * Whether the earlier value replaces the instruction's; if so, it is counted as live up to this
     * block.
     */
    private boolean takes(Value before, Instruction instruction, BasicBlock block) {
        int from = homes.getOrDefault(before, 0);
        int to = places.getOrDefault(block.id(), 0);
        boolean room =
                to - from <= FARTHEST && Arrays.stream(alive, from, to + 1).allMatch(values -> values < MOST);
        boolean asIs = swap(instruction).bits() % Long.SIZE == 0
                || turned.contains(before)
                || !turned.contains(instruction.result());
        if (room && asIs) {
            for (int i = from; i <= to; i++) {
                alive[i]++;
            }
        }
        return room && asIs;
    }

    private static Swap swap(Instruction instruction) {
        if (instruction instanceof Instruction.ReadContext read) {
            return read.swap();
        }
        return instruction instanceof Instruction.ReadPacket read ? read.swap() : Swap.NONE;
    }

    /** Whether the instruction's code clobbers no register. */
    private static boolean isQuiet(Instruction instruction) {
        return Expressions.isReading(instruction)
                || instruction instanceof Instruction.AddressOf
                || instruction instanceof Instruction.ReadGlobal
                || instruction instanceof Instruction.Constant;
    }

    private Value current(Value value) {
        return replaced.getOrDefault(value, value);
    }
}
