// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Removes branches decided by dominating conditions, and reads of numbers that such conditions
 * determine. A fact about a field holds for every later read of it: an edge skips blocks whose test
 * is decided, a switch loses the cases that no number is left for, and a known number is written as
 * a constant. The nodes of a diagram never repeat a test, but code for records, keys and redirects
 * does. No value is kept in a register for longer.
 */
final class CorrelatedValuePropagation {
    private final Routine routine;
    private final RangeAnalysis ranges;
    private final Map<BlockId, BasicBlock> bare;
    private final Map<BlockId, RangeAnalysis.Facts> atEntry = new HashMap<>();

    private CorrelatedValuePropagation(Routine routine, RangeAnalysis ranges) {
        this.routine = routine;
        this.ranges = ranges;
        this.bare = bare(routine);
    }

    static Routine apply(Routine routine) {
        Expressions expressions = new Expressions(routine);
        Set<Value> followed = followed(routine, expressions);
        if (followed.isEmpty()) {
            return routine;
        }
        RangeAnalysis ranges = new RangeAnalysis(expressions, new Bits(routine), followed);
        return new CorrelatedValuePropagation(routine, ranges).fold();
    }

    /**
     * Returns the values that are tested and also computed or tested again, or tested in parts;
     * other facts have no use.
     */
    private static Set<Value> followed(Routine routine, Expressions expressions) {
        Set<Value> tested = new HashSet<>();
        Set<Value> again = new HashSet<>();
        for (BasicBlock block : routine.blocks()) {
            for (Instruction instruction : block.instructions()) {
                Value value = expressions.of(instruction.result());
                if (!value.equals(instruction.result())) {
                    again.add(value);
                }
                whole(instruction).map(expressions::of).ifPresent(again::add);
            }
            RangeAnalysis.tested(block.end())
                    .map(expressions::of)
                    .filter(value -> !tested.add(value))
                    .ifPresent(again::add);
        }
        again.retainAll(tested);
        return again;
    }

    private static Optional<Value> whole(Instruction instruction) {
        boolean part = instruction.op() instanceof NumberOp.Alu alu
                && (alu.isLow() || alu.is(NumberOp.Operator.SHR) || alu.is(NumberOp.Operator.SHL));
        return part ? instruction.operands().stream().findFirst() : Optional.empty();
    }

    /**
     * Returns the blocks that are empty once their test is decided, because only they use their
     * values.
     */
    private static Map<BlockId, BasicBlock> bare(Routine routine) {
        Map<Value, BlockId> homes = new HashMap<>();
        Map<BlockId, BasicBlock> bare = new HashMap<>();
        for (BasicBlock block : routine.blocks()) {
            if (RangeAnalysis.tested(block.end()).isPresent()
                    && block.instructions().stream().allMatch(DeadCodeElimination::onlyMakesValue)) {
                bare.put(block.id(), block);
                block.instructions().forEach(instruction -> homes.put(instruction.result(), block.id()));
            }
        }
        for (BasicBlock block : routine.blocks()) {
            Stream.concat(
                            block.instructions().stream().flatMap(instruction -> instruction.operands().stream()),
                            block.end().operands().stream())
                    .flatMap(value -> Optional.ofNullable(homes.get(value)).stream())
                    .filter(home -> !home.equals(block.id()))
                    .forEach(bare::remove);
        }
        return bare;
    }

    private Routine fold() {
        List<BasicBlock> folded = new ArrayList<>();
        atEntry.put(routine.blocks().get(0).id(), RangeAnalysis.Facts.NONE);
        for (BasicBlock block : routine.blocks()) {
            RangeAnalysis.Facts facts = atEntry.remove(block.id());
            if (facts != null) {
                List<Instruction> body = block.instructions().stream()
                        .map(instruction -> folded(instruction, facts))
                        .toList();
                folded.add(block.with(body, folded(block.end(), facts)));
            }
        }
        return DeadCodeElimination.apply(new Routine(routine.hook(), folded));
    }

    /** Replaces the computation or the write of a known number by a constant. */
    private Instruction folded(Instruction instruction, RangeAnalysis.Facts facts) {
        if (instruction.op() instanceof StateOp.Store store) {
            return store.number().isPresent() || store.place() == StateOp.Place.CONTEXT
                    ? instruction
                    : stored(instruction, store, ranges.number(instruction.operand(0), facts));
        }
        OptionalLong number = costs(instruction) ? ranges.number(instruction.result(), facts) : OptionalLong.empty();
        return number.isPresent() && fits(number.getAsLong())
                ? new Instruction(instruction.result(), new Op.Constant(number.getAsLong()), List.of())
                : instruction;
    }

    private static Instruction stored(Instruction instruction, StateOp.Store store, OptionalLong number) {
        boolean ordered =
                store.form() == StateOp.Form.HOST || store.form() == StateOp.Form.NETWORK && store.width() != Width.DW;
        return ordered && number.isPresent() && fits(number.getAsLong())
                ? new Instruction(
                        instruction.result(),
                        new StateOp.Store(store.place(), store.at(), store.width(), store.form(), number),
                        List.of())
                : instruction;
    }

    /** Whether the number fits the immediate of every instruction. */
    private static boolean fits(long number) {
        return number >>> (Integer.SIZE - 1) == 0;
    }

    /**
     * Whether computing the value takes an instruction. The protocol of a packet is already in a
     * register.
     */
    private static boolean costs(Instruction instruction) {
        boolean there = instruction.op() instanceof Op.Load load
                && load.packetBase().equals(Optional.of(PacketFrame.Base.PROTOCOL));
        return DeadCodeElimination.onlyMakesValue(instruction) && !there && !(instruction.op() instanceof Op.Constant);
    }

    private Terminator folded(Terminator end, RangeAnalysis.Facts facts) {
        Map<BlockId, BlockId> ends = new LinkedHashMap<>();
        ranges.ways(end, facts).forEach((target, known) -> ends.put(target, followed(target, known)));
        if (RangeAnalysis.tested(end).isPresent() && Set.copyOf(ends.values()).size() == 1) {
            return new Terminator.Goto(ends.values().iterator().next());
        }
        Terminator turned = end.mapTargets(target -> ends.getOrDefault(target, target));
        if (turned instanceof Terminator.Branch branch) {
            return ranges.number(branch.left(), facts).stream()
                    .filter(CorrelatedValuePropagation::fits)
                    .mapToObj(left -> mirrored(branch, left))
                    .findFirst()
                    .orElse(branch);
        }
        return turned instanceof Terminator.Switch choice
                ? ranges.narrower(choice, facts)
                        .map(known -> narrowed(choice, known))
                        .orElse(choice)
                : turned;
    }

    /** Swaps the operands of a comparison whose left one is a known number. */
    private static Terminator mirrored(Terminator.Branch branch, long left) {
        return branch.right() instanceof Terminator.Right.OfValue right
                ? new Terminator.Branch(
                        branch.op().mirrored(),
                        branch.width(),
                        right.value(),
                        new Terminator.Right.OfNumber(left),
                        branch.yes(),
                        branch.no())
                : branch;
    }

    /** Returns the target of an edge after skipping all blocks whose test the facts decide. */
    private BlockId followed(BlockId target, RangeAnalysis.Facts facts) {
        BlockId at = target;
        RangeAnalysis.Facts known = facts;
        for (BasicBlock block = bare.get(at); block != null; block = bare.get(at)) {
            Map<BlockId, RangeAnalysis.Facts> ways = ranges.ways(block.end(), known);
            if (ways.size() != 1) {
                break;
            }
            Map.Entry<BlockId, RangeAnalysis.Facts> only =
                    ways.entrySet().iterator().next();
            at = only.getKey();
            known = only.getValue();
        }
        atEntry.merge(at, known, RangeAnalysis.Facts::meet);
        return at;
    }

    /**
     * The possible numbers between `low` and `high` with the same target, and the last number of
     * their cases.
     */
    private record Piece(long low, long high, BlockId target, long last) {
        boolean isPoint() {
            return low == high;
        }
    }

    /**
     * Removes the cases that no number is left for; those numbers take whichever target is
     * shortest.
     */
    private static Terminator narrowed(Terminator.Switch choice, IntervalSet known) {
        List<Piece> pieces = new ArrayList<>();
        long low = 0;
        for (Terminator.Case each : choice.cases()) {
            List<Interval> parts =
                    known.intersect(IntervalSet.range(low, each.high())).intervals();
            int before = pieces.size() - 1;
            boolean more = before >= 0 && pieces.get(before).target().equals(each.target());
            if (!parts.isEmpty()) {
                long from = more ? pieces.get(before).low() : parts.get(0).low().toLongExact();
                long to = parts.get(parts.size() - 1).high().toLongExact();
                Piece piece = new Piece(from, to, each.target(), each.high());
                if (more) {
                    pieces.set(before, piece);
                } else {
                    pieces.add(piece);
                }
            }
            low = each.high() + 1;
        }
        boolean all = pieces.size() == choice.cases().size();
        return all ? choice : new Terminator.Switch(choice.value(), covering(pieces, low - 1));
    }

    /** Returns cases up to `max` that are equivalent for the numbers of the pieces. */
    private static List<Terminator.Case> covering(List<Piece> pieces, long max) {
        Optional<BlockId> rest = pieces.stream()
                .map(Piece::target)
                .filter(target -> pieces.stream()
                        .allMatch(other -> other.isPoint() || other.target().equals(target)))
                .findFirst();
        if (rest.isPresent()) {
            return points(pieces, rest.get(), max);
        }
        List<Terminator.Case> cases = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            boolean last = i + 1 == pieces.size();
            cases.add(new Terminator.Case(
                    last ? max : pieces.get(i).last(), pieces.get(i).target()));
        }
        return cases;
    }

    /** Returns cases for single numbers and one target for the rest. */
    private static List<Terminator.Case> points(List<Piece> pieces, BlockId rest, long max) {
        List<Terminator.Case> cases = new ArrayList<>();
        long next = 0;
        for (Piece point : pieces) {
            if (!point.target().equals(rest)) {
                if (point.low() != next) {
                    cases.add(new Terminator.Case(point.low() - 1, rest));
                }
                cases.add(new Terminator.Case(point.high(), point.target()));
                next = point.high() + 1;
            }
        }
        boolean whole = !cases.isEmpty() && cases.get(cases.size() - 1).high() == max;
        if (!whole) {
            cases.add(new Terminator.Case(max, rest));
        }
        return cases;
    }
}
