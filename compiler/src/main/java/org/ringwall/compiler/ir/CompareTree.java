package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.value.Comparison;

/**
 * A switch as comparisons. Between two halves it asks `>`; where at most three single numbers differ from all the rest it
 * asks `==` for each, which is shorter than fencing a number in from both sides.
 */
final class CompareTree {
    private static final int LONGEST_CHAIN = 3;

    private final Emission emission;
    private final BasicBlock origin;
    private final Value value;
    private final List<Edge> edges = new ArrayList<>();

    /** The numbers from `low` to `high`, included, unsigned. */
    private record Edge(long low, long high, BlockId target) {
        boolean isPoint() {
            return low == high;
        }
    }

    /** Where single numbers differ from the rest. */
    private record Chain(List<Edge> points, BlockId rest) {}

    CompareTree(Emission emission, BasicBlock origin, Terminator.Switch choice) {
        this.emission = emission;
        this.origin = origin;
        this.value = choice.value();
        long low = 0;
        for (Terminator.Case way : choice.cases()) {
            int last = edges.size() - 1;
            if (last >= 0 && edges.get(last).target().equals(way.target())) {
                edges.set(last, new Edge(edges.get(last).low(), way.high(), way.target()));
            } else {
                edges.add(new Edge(low, way.high(), way.target()));
            }
            low = way.high() + 1;
        }
    }

    /** Adds the block that the switch ended, and behind it the rest of the tree. */
    void add() {
        if (edges.size() == 1) {
            throw new IllegalStateException(origin.id() + " switches to one block only");
        }
        tree(origin.id(), origin.instructions(), 0, edges.size());
    }

    /** The tree over the edges from `from` to `to`, exclusive, whose first block has this name and body. */
    private void tree(BlockId id, List<Instruction> body, int from, int to) {
        Optional<Chain> chain = chain(edges.subList(from, to));
        if (chain.isPresent()) {
            compare(id, body, chain.get());
            return;
        }
        int middle = (from + to) >>> 1;
        BlockId upper = start(middle, to);
        BlockId lower = start(from, middle);
        branch(id, body, Comparison.GT, edges.get(middle - 1).high(), upper, lower);
        grow(lower, from, middle);
        grow(upper, middle, to);
    }

    /** A single edge is its target; anything else gets a block of its own. */
    private BlockId start(int from, int to) {
        return to - from == 1 ? edges.get(from).target() : emission.name();
    }

    private void grow(BlockId id, int from, int to) {
        if (to - from > 1) {
            tree(id, List.of(), from, to);
        }
    }

    /** The edges as a few numbers that differ from the rest; empty where they are too many or no numbers. */
    private static Optional<Chain> chain(List<Edge> edges) {
        Set<BlockId> wide = new HashSet<>();
        edges.stream().filter(edge -> !edge.isPoint()).forEach(edge -> wide.add(edge.target()));
        if (wide.size() > 1) {
            return Optional.empty();
        }
        BlockId rest = wide.isEmpty()
                ? edges.get(edges.size() - 1).target()
                : wide.iterator().next();
        List<Edge> points =
                edges.stream().filter(edge -> !edge.target().equals(rest)).toList();
        return points.size() > LONGEST_CHAIN ? Optional.empty() : Optional.of(new Chain(points, rest));
    }

    private void compare(BlockId id, List<Instruction> body, Chain chain) {
        BlockId at = id;
        List<Instruction> instructions = body;
        for (int i = 0; i < chain.points().size(); i++) {
            Edge point = chain.points().get(i);
            BlockId next = i + 1 < chain.points().size() ? emission.name() : chain.rest();
            branch(at, instructions, Comparison.EQ, point.high(), point.target(), next);
            at = next;
            instructions = List.of();
        }
    }

    private void branch(BlockId id, List<Instruction> body, Comparison op, long number, BlockId yes, BlockId no) {
        Terminator.Right right = new Terminator.Right.OfNumber(number);
        emission.add(
                new BasicBlock(id, origin.span(), body, new Terminator.Branch(op, Width.DW, value, right, yes, no)));
    }
}
