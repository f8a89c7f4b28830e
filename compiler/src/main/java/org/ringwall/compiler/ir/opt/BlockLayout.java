// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Renaming;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;

/**
 * Places each block after its likeliest predecessor ({@link BranchProbabilities}), so that common
 * paths fall through, and rare blocks last: denials, records, the slow path of the control word.
 * Blocks stay in topological order, blocks that only contain a jump are removed, and an order that
 * needs more jumps than the original one is rejected.
 */
final class BlockLayout {
    /** In longer routines, a jump might not reach its target. */
    private static final int MOST_BLOCKS = 1_500;

    /** The slots of an unconditional jump. */
    private static final int JUMP = 1;

    /** The slots of setting r0 and `exit`. */
    private static final int ANSWER = 2;

    private final List<BasicBlock> blocks;
    private final BranchProbabilities likely;
    private final Map<BlockId, Integer> places = new HashMap<>();

    private BlockLayout(Routine routine) {
        this.blocks = routine.blocks();
        this.likely = new BranchProbabilities(routine);
        blocks.forEach(block -> places.put(block.id(), places.size()));
    }

    static Routine apply(Routine routine) {
        return routine.blocks().size() > MOST_BLOCKS ? routine : ordered(threaded(routine));
    }

    /** Removes blocks that only contain a jump. */
    private static Routine threaded(Routine routine) {
        Map<BlockId, BlockId> on = new HashMap<>();
        List<BasicBlock> blocks = routine.blocks();
        for (int i = blocks.size() - 1; i > 0; i--) {
            if (blocks.get(i).instructions().isEmpty() && blocks.get(i).end() instanceof Terminator.Goto end) {
                on.put(blocks.get(i).id(), on.getOrDefault(end.target(), end.target()));
            }
        }
        List<BasicBlock> left = new ArrayList<>();
        for (BasicBlock block : blocks) {
            if (!on.containsKey(block.id())) {
                left.add(block.with(block.instructions(), threaded(block.end(), on)));
            }
        }
        return new Routine(routine.hook(), left);
    }

    private static Terminator threaded(Terminator end, Map<BlockId, BlockId> on) {
        if (end instanceof Terminator.Branch branch
                && on.getOrDefault(branch.yes(), branch.yes()).equals(on.getOrDefault(branch.no(), branch.no()))) {
            return new Terminator.Goto(on.getOrDefault(branch.yes(), branch.yes()));
        }
        return Renaming.of(end, UnaryOperator.identity(), target -> on.getOrDefault(target, target));
    }

    private static Routine ordered(Routine routine) {
        BlockLayout layOut = new BlockLayout(routine);
        List<List<BasicBlock>> orders =
                List.of(layOut.new Order(false).laid(), layOut.new Order(true).laid(), routine.blocks());
        return new Routine(routine.hook(), Collections.min(orders, Comparator.comparingInt(BlockLayout::slots)));
    }

    private int place(BlockId id) {
        return places.getOrDefault(id, 0);
    }

    /** Returns the slots that an order of blocks needs for unconditional jumps and ends. */
    private static int slots(List<BasicBlock> order) {
        int slots = 0;
        Set<Terminator> behind = new HashSet<>();
        for (int i = order.size() - 1; i >= 0; i--) {
            BasicBlock block = order.get(i);
            List<BlockId> targets = block.end().targets();
            if (targets.isEmpty()) {
                boolean entered = i > 0 && order.get(i - 1).end().targets().contains(block.id());
                boolean shared = !behind.add(block.end());
                slots += !shared ? ANSWER : isBare(block) && !entered ? 0 : JUMP;
            } else if (i + 1 == order.size()
                    || !targets.contains(order.get(i + 1).id())) {
                slots += JUMP;
            }
        }
        return slots;
    }

    private static boolean isBare(BasicBlock block) {
        return block.instructions().isEmpty() && block.end().targets().isEmpty();
    }

    /** A topological order under construction. */
    private final class Order {
        private final boolean endsLast;
        private final int[] before = new int[blocks.size()];
        private final int[] since = new int[blocks.size()];
        private final List<BasicBlock> laid = new ArrayList<>();
        private final TreeSet<Integer> ready = new TreeSet<>(Comparator.<Integer, Boolean>comparing(this::isEnd)
                .thenComparing(place -> likely.isRare(blocks.get(place).id()))
                .thenComparing(place -> -since[place])
                .thenComparing(place -> place));

        Order(boolean endsLast) {
            this.endsLast = endsLast;
            blocks.forEach(block -> block.end().targets().forEach(target -> before[place(target)]++));
        }

        private boolean isEnd(int place) {
            return endsLast && isBare(blocks.get(place));
        }

        List<BasicBlock> laid() {
            Optional<Integer> next = Optional.of(0);
            while (next.isPresent()) {
                next = add(next.get());
            }
            return laid;
        }

        /** Adds the block, and returns the next one. */
        private Optional<Integer> add(int place) {
            BasicBlock block = blocks.get(place);
            ready.remove(place);
            laid.add(block);
            List<Integer> free = new ArrayList<>();
            for (BlockId target : block.end().targets()) {
                int there = place(target);
                before[there]--;
                if (before[there] == 0) {
                    since[there] = laid.size();
                    ready.add(there);
                    free.add(there);
                }
            }
            Optional<Integer> likeliest = free.stream()
                    .filter(there -> !isEnd(there))
                    .max(Comparator.<Integer>comparingDouble(there ->
                                    likely.part(block.end(), blocks.get(there).id()))
                            .thenComparing(there -> -there));
            return likeliest.or(() -> ready.stream().findFirst());
        }
    }
}
