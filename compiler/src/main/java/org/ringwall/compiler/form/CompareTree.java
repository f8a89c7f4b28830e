package org.ringwall.compiler.form;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.table.Cost;
import org.ringwall.compiler.table.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A switch as comparisons. Between two halves it asks `>`; where at most five single numbers differ from all the rest it
 * asks `==` for each, which is shorter than fencing a number in from both sides.
 */
public final class CompareTree implements SwitchForm {
    private static final int LONGEST_CHAIN = 5;

    private static final int MOST_WITH_LONE = 5;

    /** Where the processor guesses right, a longer chain is no slower than a tree, and shorter. */
    private static final int LONGEST_STEADY_CHAIN = 8;

    private final List<Ways.Way> ways;
    private final int longest;
    private final Cost cost;

    /** Where single numbers differ from the rest. */
    private record Chain(List<Ways.Way> points, BlockId rest) {}

    CompareTree(Ways ways, Numbers.Number number) {
        this.ways = ways.list();
        if (ways.size() < 2) {
            throw new IllegalStateException("a comparison has two ways");
        }
        int slots = number.bits() > Integer.SIZE ? 3 : 1;
        this.longest = number.steady() ? LONGEST_STEADY_CHAIN : LONGEST_CHAIN;
        this.cost = chain(this.ways)
                .map(chain -> chainCost(chain.points().size(), slots, number.compareNs()))
                .orElseGet(() -> cost(ways.size(), slots, number.compareNs()));
    }

    /** In a chain most comparisons go the same way. */
    private static Cost chainCost(int points, int slots, double comparison) {
        return new Cost(slots * points, comparison * points / 2);
    }

    /** What telling so many ways apart costs, with so many slots a comparison. */
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

    /** One tree as it grows. */
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
            tree(origin.id(), origin.instructions(), ways);
        }

        /** The tree over these ways, whose first block has this name and body. */
        private void tree(BlockId id, List<Instruction> body, List<Ways.Way> ways) {
            Optional<Chain> chain = chain(ways);
            int lone = lone(ways);
            if (chain.isPresent()) {
                compare(id, body, chain.get());
            } else if (lone > 0) {
                List<Ways.Way> others = without(ways, lone);
                BlockId next = emission.name();
                branch(
                        id,
                        body,
                        Comparison.EQ,
                        ways.get(lone).high(),
                        ways.get(lone).target(),
                        next);
                tree(next, List.of(), others);
            } else {
                int middle = ways.size() >>> 1;
                BlockId upper = start(ways.subList(middle, ways.size()));
                BlockId lower = start(ways.subList(0, middle));
                branch(id, body, Comparison.GT, ways.get(middle - 1).high(), upper, lower);
                grow(lower, ways.subList(0, middle));
                grow(upper, ways.subList(middle, ways.size()));
            }
        }

        /** A single way is its target; anything else gets a block of its own. */
        private BlockId start(List<Ways.Way> ways) {
            return ways.size() == 1 ? ways.get(0).target() : emission.name();
        }

        private void grow(BlockId id, List<Ways.Way> ways) {
            if (ways.size() > 1) {
                tree(id, List.of(), ways);
            }
        }

        private void compare(BlockId id, List<Instruction> body, Chain chain) {
            BlockId at = id;
            List<Instruction> instructions = body;
            for (int i = 0; i < chain.points().size(); i++) {
                Ways.Way point = chain.points().get(i);
                BlockId next = i + 1 < chain.points().size() ? emission.name() : chain.rest();
                branch(at, instructions, Comparison.EQ, point.high(), point.target(), next);
                at = next;
                instructions = List.of();
            }
        }

        private void branch(BlockId id, List<Instruction> body, Comparison op, long number, BlockId yes, BlockId no) {
            Terminator.Right right = new Terminator.Right.OfNumber(number);
            emission.add(new BasicBlock(
                    id, origin.span(), body, new Terminator.Branch(op, Width.DW, value, right, yes, no)));
        }
    }

    /** The place of a number that both its neighbours differ from alike, where there are few ways: one comparison instead of two; 0 for none. */
    private static int lone(List<Ways.Way> ways) {
        for (int i = 1; i + 1 < ways.size() && ways.size() <= MOST_WITH_LONE; i++) {
            boolean alike = ways.get(i - 1).target().equals(ways.get(i + 1).target());
            if (alike && ways.get(i).isPoint()) {
                return i;
            }
        }
        return 0;
    }

    /** The ways if the number goes where its neighbours go. */
    private static List<Ways.Way> without(List<Ways.Way> ways, int lone) {
        List<Ways.Way> others = new ArrayList<>(ways.subList(0, lone - 1));
        Ways.Way before = ways.get(lone - 1);
        others.add(new Ways.Way(before.low(), ways.get(lone + 1).high(), before.target()));
        others.addAll(ways.subList(lone + 2, ways.size()));
        return others;
    }

    /** The ways as a few numbers that differ from the rest; empty where they are too many or no numbers. */
    private Optional<Chain> chain(List<Ways.Way> ways) {
        Set<BlockId> wide = new HashSet<>();
        ways.stream().filter(way -> !way.isPoint()).forEach(way -> wide.add(way.target()));
        if (wide.size() > 1) {
            return Optional.empty();
        }
        BlockId rest = wide.isEmpty()
                ? ways.get(ways.size() - 1).target()
                : wide.iterator().next();
        List<Ways.Way> points =
                ways.stream().filter(way -> !way.target().equals(rest)).toList();
        return points.size() > longest ? Optional.empty() : Optional.of(new Chain(points, rest));
    }
}
