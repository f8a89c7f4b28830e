// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Identity;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Value;

/**
 * Removes repeated helper calls that identify the caller or the socket: within a run they return
 * the same value, and a call costs more than all comparisons around it. The first result is used
 * wherever the same call dominates. It occupies a callee-saved register, so the number of shared
 * calls is limited to the available ones; the most frequent come first. After a
 * {@link StateOp.Note} the verifier must not distinguish paths by a shared value: an ancestor,
 * which is tested for presence again, is not kept across it, and nothing is if more guards follow.
 * Nothing is kept across a {@link StringOp.FindEnd} either, because tests of a string's end keep
 * its length, its place, a shift and a word in the same registers.
 */
final class CommonCalls {
    /**
     * The registers r7 to r9. An opened packet uses one for each {@link PacketFrame.Base} that is
     * read, and the length of a socket option's value uses one if it is read again.
     */
    private static final int KEPT = 3;

    /**
     * The registers among these that rule bit vectors use: the address of a row, and the index of
     * another.
     */
    private static final int ROWS = 2;

    private final Map<Value, Value> replaced = new HashMap<>();
    private final Set<Identity> shared;

    private CommonCalls(Set<Identity> shared) {
        this.shared = shared;
    }

    static Routine apply(Routine routine) {
        Map<Identity, Integer> counts = new LinkedHashMap<>();
        routine.instructions().forEach(instruction -> {
            if (instruction.op() instanceof Op.CallIdentity call) {
                counts.merge(call.identity(), 1, Integer::sum);
            }
        });
        long packet = routine.instructions()
                .flatMap(instruction ->
                        instruction.op() instanceof Op.Load load ? load.packetBase().stream() : Stream.empty())
                .distinct()
                .count();
        long length = isLengthRead(routine) ? 1 : 0;
        boolean rows = routine.instructions().anyMatch(instruction -> instruction.op() instanceof NumberOp.RowOf);
        Set<Identity> shared = counts.entrySet().stream()
                .filter(entry -> entry.getValue() > 1)
                .sorted((a, b) -> b.getValue().compareTo(a.getValue()))
                .limit(KEPT - packet - length - (rows ? ROWS : 0))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        return new CommonCalls(shared).share(routine);
    }

    private static boolean isLengthRead(Routine routine) {
        Set<Value> lengths = routine.instructions()
                .filter(instruction -> instruction.op() == Intrinsic.LEAVE_TO_KERNEL)
                .map(Instruction::result)
                .collect(Collectors.toSet());
        return routine.blocks().stream()
                .anyMatch(block -> block.instructions().stream()
                                .anyMatch(instruction ->
                                        instruction.operands().stream().anyMatch(lengths::contains))
                        || block.end().operands().stream().anyMatch(lengths::contains));
    }

    private Routine share(Routine routine) {
        Map<BlockId, Map<Identity, Value>> atEntry = new HashMap<>();
        atEntry.put(routine.blocks().get(0).id(), Map.of());
        List<BasicBlock> blocks = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            Map<Identity, Value> known = new HashMap<>(atEntry.getOrDefault(block.id(), Map.of()));
            List<Instruction> kept = new ArrayList<>();
            for (Instruction instruction : block.instructions()) {
                if (instruction.op() instanceof StateOp.Note note) {
                    known.keySet().removeIf(identity -> note.added() != 0 || identity.level() != 0);
                } else if (instruction.op() instanceof StringOp.FindEnd) {
                    known.clear();
                }
                Optional<Identity> identity = shareable(instruction);
                Optional<Value> answer = identity.map(known::get);
                if (answer.isPresent()) {
                    replaced.put(instruction.result(), answer.get());
                } else {
                    kept.add(instruction.rename(this::current));
                    identity.ifPresent(each -> known.put(each, instruction.result()));
                }
            }
            block.end().targets().forEach(target -> atEntry.merge(target, Map.copyOf(known), CommonCalls::agreed));
            blocks.add(block.with(kept, block.end().rename(this::current, UnaryOperator.identity())));
        }
        return replaced.isEmpty() ? routine : new Routine(routine.hook(), blocks);
    }

    private Optional<Identity> shareable(Instruction instruction) {
        return instruction.op() instanceof Op.CallIdentity call && shared.contains(call.identity())
                ? Optional.of(call.identity())
                : Optional.empty();
    }

    private static Map<Identity, Value> agreed(Map<Identity, Value> one, Map<Identity, Value> other) {
        Map<Identity, Value> both = new HashMap<>(one);
        both.entrySet().removeIf(entry -> !entry.getValue().equals(other.get(entry.getKey())));
        return both;
    }

    private Value current(Value value) {
        return replaced.getOrDefault(value, value);
    }
}
