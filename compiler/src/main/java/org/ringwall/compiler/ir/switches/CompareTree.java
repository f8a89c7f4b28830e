// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A switch as comparisons: a binary tree of `>`, or a chain of `==` if at most five single numbers
 * differ from all the rest, which is shorter than comparing each with both neighbours. A prefix is
 * also one comparison, of the bits that its numbers share.
 */
public final class CompareTree implements SwitchForm {
    private static final int LONGEST_CHAIN = 5;

    private static final int MOST_WITH_LONE = 5;

    /** If branches are predictable, a longer chain is no slower than a tree, and shorter. */
    private static final int LONGEST_STEADY_CHAIN = 8;

    /** The slots of a comparison with a 64-bit constant. */
    private static final int WIDE_SLOTS = 3;

    /** The slots of a copy, a shift or a mask, and a comparison. */
    private static final int PREFIX_SLOTS = 3;

    private static final int WIDE_PREFIX_SLOTS = 5;

    private final List<SwitchTargets.Way> ways;
    private final int bits;
    private final boolean wide;
    private final boolean steady;
    private final double comparison;
    private final int longest;
    private final Cost cost;

    /** Single numbers and prefixes that differ from the rest. */
    private record Chain(List<SwitchTargets.Way> links, BlockId rest) {}

    CompareTree(SwitchTargets ways, Numbers.Number number) {
        this.ways = ways.list();
        if (ways.size() < 2) {
            throw new IllegalStateException("a comparison has two ways");
        }
        this.bits = number.bits();
        this.wide = bits > Integer.SIZE;
        this.steady = number.steady();
        this.comparison = number.compareNs();
        this.longest = steady ? LONGEST_STEADY_CHAIN : LONGEST_CHAIN;
        this.cost = chain(this.ways).map(this::cost).orElseGet(() -> treeCost(this.ways));
    }

    /** In a chain most comparisons have the same outcome. */
    private Cost cost(Chain chain) {
        int slots = chain.links().stream().mapToInt(this::slots).sum();
        return new Cost(slots, comparison * chain.links().size() / 2);
    }

    private Cost treeCost(List<SwitchTargets.Way> ways) {
        return cost(ways.size(), wide ? WIDE_SLOTS : 1, comparison);
    }

    /** Returns the slots of testing whether a number belongs to the way. */
    private int slots(SwitchTargets.Way link) {
        if (link.isPoint()) {
            return wide ? WIDE_SLOTS : 1;
        }
        return link.low() >>> link.sharedShift() <= Integer.MAX_VALUE ? PREFIX_SLOTS : WIDE_PREFIX_SLOTS;
    }

    /** Returns the cost of a tree over this many ways, with this many slots per comparison. */
    static Cost cost(int ways, int slots, double comparison) {
        int comparisons = ways - 1;
        double depth = Math.log(ways) / Math.log(2);
        double code = Costs.access((long) comparisons * slots * Costs.COMPARE_BYTES);
        return new Cost((int) (1.5 * slots * comparisons), comparison * depth + code);
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return chain(ways).isPresent() ? "comparisons with numbers" : "compare tree of " + ways.size() + " ways";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        new Tree(emission, origin, value).add();
    }

    /** A tree under construction. */
    private final class Tree {
        private final Emission emission;
        private final BasicBlock origin;
        private final Value value;

        Tree(Emission emission, BasicBlock origin, Value value) {
            this.emission = emission;
            this.origin = origin;
            this.value = value;
        }

        void add() {
            tree(origin.id(), emission.body(origin), ways);
        }

        /** Adds the tree over these ways; `id` is its first block, which begins with `body`. */
        private void tree(BlockId id, Emission.Body body, List<SwitchTargets.Way> ways) {
            Optional<Chain> chain = chain(ways);
            int lone = lone(ways);
            if (chain.isPresent()) {
                compare(id, body, chain.get());
            } else if (lone > 0) {
                BlockId next = emission.name();
                link(id, body, ways.get(lone), next);
                tree(next, emission.body(), SwitchTargets.without(ways, lone));
            } else {
                int middle = ways.size() >>> 1;
                BlockId upper = start(ways.subList(middle, ways.size()));
                BlockId lower = start(ways.subList(0, middle));
                long last = ways.get(middle - 1).high();
                branch(id, body, Comparison.GT, value, last, upper, lower);
                grow(lower, ways.subList(0, middle));
                grow(upper, ways.subList(middle, ways.size()));
            }
        }

        /** Returns the target of a single way, or a new block for several. */
        private BlockId start(List<SwitchTargets.Way> ways) {
            return ways.size() == 1 ? ways.get(0).target() : emission.name();
        }

        private void grow(BlockId id, List<SwitchTargets.Way> ways) {
            if (ways.size() > 1) {
                tree(id, emission.body(), ways);
            }
        }

        private void compare(BlockId id, Emission.Body body, Chain chain) {
            BlockId at = id;
            Emission.Body begun = body;
            for (int i = 0; i < chain.links().size(); i++) {
                BlockId next = i + 1 < chain.links().size() ? emission.name() : chain.rest();
                link(at, begun, chain.links().get(i), next);
                at = next;
                begun = emission.body();
            }
        }

        /** Branches to the way's target if the number belongs to it. */
        private void link(BlockId id, Emission.Body body, SwitchTargets.Way way, BlockId otherwise) {
            int shift = way.sharedShift();
            if (way.isPoint()) {
                branch(id, body, Comparison.EQ, value, way.low(), way.target(), otherwise);
            } else if (wide) {
                Value shared = body.add(NumberOp.Alu.shr(shift), value);
                branch(id, body, Comparison.EQ, shared, way.low() >>> shift, way.target(), otherwise);
            } else {
                // A mask, unlike a shift, keeps a number in network order.
                long mask = Bits.max(bits) >>> shift << shift;
                Value shared = body.add(NumberOp.Alu.and(mask), value);
                branch(id, body, Comparison.EQ, shared, way.low(), way.target(), otherwise);
            }
        }

        private void branch(
                BlockId id, Emission.Body body, Comparison op, Value left, long number, BlockId yes, BlockId no) {
            Terminator.Right right = new Terminator.Right.OfNumber(number);
            body.end(id, origin.span(), new Terminator.Branch(op, Width.DW, left, right, yes, no));
        }
    }

    /**
     * Returns the index of a number whose neighbours have the same target, if there are few ways:
     * one comparison instead of two; 0 if there is none.
     */
    private int lone(List<SwitchTargets.Way> ways) {
        for (int i = 1; i + 1 < ways.size() && ways.size() <= MOST_WITH_LONE; i++) {
            boolean alike = ways.get(i - 1).target().equals(ways.get(i + 1).target());
            if (alike && isLink(ways.get(i))) {
                return i;
            }
        }
        return 0;
    }

    /** Whether one comparison separates the way's numbers from all others. */
    private boolean isLink(SwitchTargets.Way way) {
        return way.isPoint() || !steady && way.isPrefix();
    }

    /**
     * Returns the ways as a chain if that costs less than a tree; empty if there are too many links
     * or other intervals.
     */
    private Optional<Chain> chain(List<SwitchTargets.Way> ways) {
        // The last target first, which turns the test of a bit into a comparison with 0.
        Map<BlockId, Integer> counts = new LinkedHashMap<>();
        for (int i = ways.size() - 1; i >= 0; i--) {
            counts.merge(ways.get(i).target(), 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .filter(entry -> ways.size() - entry.getValue() <= longest)
                .map(entry -> chain(ways, entry.getKey()))
                .flatMap(Optional::stream)
                .min(Comparator.comparing(this::cost))
                .filter(chain -> cost(chain).compareTo(treeCost(ways)) <= 0);
    }

    private Optional<Chain> chain(List<SwitchTargets.Way> ways, BlockId rest) {
        List<SwitchTargets.Way> links =
                ways.stream().filter(way -> !way.target().equals(rest)).toList();
        // A single boundary needs one comparison anyway, and no mask.
        boolean linked = links.stream().allMatch(way -> ways.size() > 2 ? isLink(way) : way.isPoint());
        return linked ? Optional.of(new Chain(links, rest)) : Optional.empty();
    }
}
