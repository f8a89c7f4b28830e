// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Renaming;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * Hoists the read of a context field that several blocks perform to their nearest common dominator.
 * A load is cheaper than a jump, and the verifier walks fewer instructions. Reads do not depend on
 * side effects. A read is hoisted only if no instruction in between clobbers registers, so that no
 * value is kept across a call, and at most {@link #MOST} hoisted values are live at a time, which
 * leaves registers for everything else.
 */
final class CodeHoisting {
    private static final int MOST = 3;

    private final Routine routine;
    private final Map<BlockId, Integer> places = new HashMap<>();
    private final List<Integer> dominators = new ArrayList<>();
    private final Map<Value, Value> replaced = new HashMap<>();
    private final Set<Value> gone = new HashSet<>();
    private final Map<Integer, List<Instruction>> added = new HashMap<>();
    private final int[] alive;

    /** A read, and the index of its block. */
    private record Found(int place, Instruction.ReadContext read) {}

    private CodeHoisting(Routine routine) {
        this.routine = routine;
        List<BasicBlock> blocks = routine.blocks();
        this.alive = new int[blocks.size()];
        for (int i = 0; i < blocks.size(); i++) {
            places.put(blocks.get(i).id(), i);
            dominators.add(-1);
        }
        for (int i = 0; i < blocks.size(); i++) {
            for (BlockId target : blocks.get(i).end().targets()) {
                int there = place(target);
                int known = dominators.get(there);
                dominators.set(there, known < 0 ? i : common(known, i));
            }
        }
    }

    static Routine apply(Routine routine) {
        return new CodeHoisting(routine).hoisted();
    }

    private int place(BlockId id) {
        return places.getOrDefault(id, 0);
    }

    /** Returns the nearest common dominator. Dominators precede the blocks that they dominate. */
    private int common(int one, int other) {
        int a = one;
        int b = other;
        while (a != b) {
            if (a > b) {
                a = dominators.get(a);
            } else {
                b = dominators.get(b);
            }
        }
        return a;
    }

    private Routine hoisted() {
        reads().values().stream().filter(found -> found.size() > 1).forEach(this::hoist);
        if (gone.isEmpty()) {
            return routine;
        }
        List<BasicBlock> blocks = new ArrayList<>();
        for (int i = 0; i < routine.blocks().size(); i++) {
            BasicBlock block = routine.blocks().get(i);
            List<Instruction> body = new ArrayList<>();
            for (Instruction instruction : block.instructions()) {
                if (!gone.contains(instruction.result())) {
                    body.add(Renaming.of(instruction, this::current));
                }
            }
            body.addAll(added.getOrDefault(i, List.of()));
            blocks.add(block.with(body, Renaming.of(block.end(), this::current, UnaryOperator.identity())));
        }
        return new Routine(routine.hook(), blocks);
    }

    private Map<Instruction.ReadContext, List<Found>> reads() {
        Map<Instruction.ReadContext, List<Found>> reads = new LinkedHashMap<>();
        for (int i = 0; i < routine.blocks().size(); i++) {
            for (Instruction instruction : routine.blocks().get(i).instructions()) {
                if (instruction instanceof Instruction.ReadContext read) {
                    Instruction.ReadContext key = new Instruction.ReadContext(
                            new Value(0), read.field(), read.offset(), read.width(), read.swap());
                    reads.computeIfAbsent(key, k -> new ArrayList<>()).add(new Found(i, read));
                }
            }
        }
        return reads;
    }

    private void hoist(List<Found> found) {
        int home = found.stream().map(Found::place).reduce(this::common).orElseThrow();
        int last = found.get(found.size() - 1).place();
        boolean there = found.get(0).place() == home;
        if (!keeps(home, last, there) || Arrays.stream(alive, home, last + 1).anyMatch(values -> values >= MOST)) {
            return;
        }
        for (int i = home; i <= last; i++) {
            alive[i]++;
        }
        Instruction.ReadContext first = found.get(0).read();
        if (!there) {
            added.computeIfAbsent(home, h -> new ArrayList<>()).add(first);
            gone.add(first.result());
        }
        found.stream().skip(1).forEach(each -> {
            gone.add(each.read().result());
            replaced.put(each.read().result(), first.result());
        });
    }

    /** Whether no block from the first to the last clobbers registers; opening a packet does. */
    private boolean keeps(int home, int last, boolean there) {
        if (routine.blocks().subList(home, last).stream()
                .anyMatch(block -> block.end() instanceof Terminator.OpenPacket)) {
            return false;
        }
        for (int i = there ? home : home + 1; i <= last; i++) {
            if (!routine.blocks().get(i).instructions().stream().allMatch(CodeHoisting::isQuiet)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isQuiet(Instruction instruction) {
        return instruction instanceof Instruction.ReadContext
                || instruction instanceof Instruction.AddressOf
                || instruction instanceof Instruction.ReadGlobal
                || instruction instanceof Instruction.BitOf
                || instruction instanceof Instruction.Less
                || instruction instanceof Instruction.Constant
                || instruction instanceof Instruction.Shift
                || instruction instanceof Instruction.LowBits
                || instruction instanceof Instruction.Masked;
    }

    private Value current(Value value) {
        return replaced.getOrDefault(value, value);
    }
}
