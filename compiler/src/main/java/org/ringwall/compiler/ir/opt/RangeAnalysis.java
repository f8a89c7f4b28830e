// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * Range analysis: the numbers that values can have on a path, given the tests on it. {@link Facts}
 * are attached to {@link Expressions} instead of registers, so they also hold for a number that is
 * read again.
 */
final class RangeAnalysis {
    /**
     * Switches with more cases are not analysed: they are lists, which determine little and take
     * long.
     */
    private static final int MOST_CASES = 256;

    private final Expressions expressions;
    private final Bits bits;
    private final Set<Value> followed;

    /** The known ranges of representative values; absent values are unknown. */
    record Facts(Map<Value, IntervalSet> known) {
        /**
         * The maximum number of intervals of a fact. Larger sets are replaced by their enclosing
         * interval, because lists are rarely tested again.
         */
        private static final int MOST_INTERVALS = 8;

        static final Facts NONE = new Facts(Map.of());

        Facts {
            known = Map.copyOf(known);
        }

        /** Returns the facts that hold on both paths. */
        Facts meet(Facts other) {
            if (equals(other)) {
                return this;
            }
            Map<Value, IntervalSet> both = new HashMap<>();
            known.forEach((value, set) -> Optional.ofNullable(other.known.get(value))
                    .ifPresent(there -> both.put(value, bounded(set.union(there)))));
            return new Facts(both);
        }

        private Facts with(Value value, IntervalSet set) {
            Map<Value, IntervalSet> more = new HashMap<>(known);
            more.put(value, bounded(set));
            return new Facts(more);
        }

        private static IntervalSet bounded(IntervalSet set) {
            List<Interval> all = set.intervals();
            return all.size() <= MOST_INTERVALS
                    ? set
                    : IntervalSet.of(new Interval(
                            all.get(0).low(), all.get(all.size() - 1).high()));
        }
    }

    /** Creates an analysis that keeps facts about the `followed` representatives. */
    RangeAnalysis(Expressions expressions, Bits bits, Set<Value> followed) {
        this.expressions = expressions;
        this.bits = bits;
        this.followed = followed;
    }

    /** Returns the value that the terminator tests, if any. */
    static Optional<Value> tested(Terminator end) {
        if (end instanceof Terminator.Switch choice) {
            return Optional.of(choice.value());
        }
        return end instanceof Terminator.Branch branch ? Optional.of(branch.left()) : Optional.empty();
    }

    /** Returns the only number that the value can have, if there is just one. */
    OptionalLong number(Value value, Facts facts) {
        List<Interval> all = of(value, facts).intervals();
        boolean one = all.size() == 1 && all.get(0).low().equals(all.get(0).high());
        return one ? OptionalLong.of(all.get(0).low().toLongExact()) : OptionalLong.empty();
    }

    /**
     * Returns the numbers that can reach a switch, if more is known about them than their width.
     */
    Optional<IntervalSet> narrower(Terminator.Switch choice, Facts facts) {
        IntervalSet all = all(choice.value());
        return choice.cases().size() > MOST_CASES
                ? Optional.empty()
                : Optional.of(of(choice.value(), facts)).filter(known -> !known.equals(all));
    }

    /** Returns the possible targets of a terminator, with the facts on the edge to each. */
    Map<BlockId, Facts> ways(Terminator end, Facts facts) {
        if (end instanceof Terminator.Switch choice) {
            boolean learns = followed.contains(expressions.of(choice.value()))
                    && choice.cases().size() <= MOST_CASES;
            if (learns || narrower(choice, facts).isPresent()) {
                return switched(choice, facts);
            }
        } else if (end instanceof Terminator.Branch branch) {
            OptionalLong right = branch.right() instanceof Terminator.Right.OfValue of
                    ? number(of.value(), facts)
                    : OptionalLong.of(((Terminator.Right.OfNumber) branch.right()).number());
            if (right.isPresent()) {
                return branched(branch, right.getAsLong(), facts);
            }
        }
        Map<BlockId, Facts> ways = new LinkedHashMap<>();
        end.targets().forEach(target -> ways.put(target, facts));
        return ways;
    }

    private Map<BlockId, Facts> switched(Terminator.Switch choice, Facts facts) {
        Map<BlockId, List<Interval>> cases = new LinkedHashMap<>();
        List<Interval> known = of(choice.value(), facts).intervals();
        int at = 0;
        U128 low = U128.ZERO;
        for (Terminator.Case each : choice.cases()) {
            U128 high = U128.of(each.high());
            while (at < known.size() && known.get(at).low().compareTo(high) <= 0) {
                Interval here = known.get(at);
                cases.computeIfAbsent(each.target(), target -> new ArrayList<>())
                        .add(new Interval(greater(low, here.low()), smaller(high, here.high())));
                if (here.high().compareTo(high) > 0) {
                    break;
                }
                at++;
            }
            low = high.next();
        }
        Map<BlockId, Facts> ways = new LinkedHashMap<>();
        cases.forEach((target, parts) -> ways.put(target, behind(choice.value(), IntervalSet.of(parts), facts)));
        return ways;
    }

    private Map<BlockId, Facts> branched(Terminator.Branch branch, long right, Facts facts) {
        IntervalSet known = of(branch.left(), facts);
        IntervalSet holding = holding(branch.op(), right);
        IntervalSet yes = known.intersect(holding);
        IntervalSet no = known.minus(holding);
        Map<BlockId, Facts> ways = new LinkedHashMap<>();
        if (!yes.isEmpty()) {
            ways.put(branch.yes(), behind(branch.left(), yes, facts));
        }
        if (!no.isEmpty()) {
            ways.put(branch.no(), behind(branch.left(), no, facts));
        }
        return ways;
    }

    private Facts behind(Value tested, IntervalSet numbers, Facts facts) {
        Value value = expressions.of(tested);
        return followed.contains(value) ? facts.with(value, numbers) : facts;
    }

    private static IntervalSet holding(Comparison op, long right) {
        return switch (op) {
            case EQ -> IntervalSet.of(right);
            case NE -> IntervalSet.range(0, -1).minus(IntervalSet.of(right));
            case LT -> right == 0 ? IntervalSet.EMPTY : IntervalSet.range(0, right - 1);
            case LE -> IntervalSet.range(0, right);
            case GT -> right == -1 ? IntervalSet.EMPTY : IntervalSet.range(right + 1, -1);
            case GE -> IntervalSet.range(right, -1);
        };
    }

    private IntervalSet of(Value value, Facts facts) {
        IntervalSet computed = computed(value, facts);
        IntervalSet known = facts.known().get(expressions.of(value));
        return known == null ? computed : known.intersect(computed);
    }

    private IntervalSet all(Value value) {
        return IntervalSet.range(0, Bits.max(bits.of(value)));
    }

    private IntervalSet computed(Value value, Facts facts) {
        Optional<Instruction> maker = expressions.maker(value);
        if (maker.isPresent() && maker.get().op() instanceof Op.Constant constant) {
            return IntervalSet.of(constant.value());
        } else if (maker.isPresent() && maker.get().op() instanceof NumberOp.Alu alu && alu.isLow()) {
            IntervalSet whole = of(maker.get().operand(0), facts);
            return whole.intersect(all(value)).equals(whole) ? whole : all(value);
        } else if (maker.isPresent() && maker.get().op() instanceof NumberOp.Alu alu && alu.is(NumberOp.Operator.SHR)) {
            return shifted(of(maker.get().operand(0), facts), (int) alu.right());
        }
        return all(value);
    }

    private static IntervalSet shifted(IntervalSet whole, int by) {
        return IntervalSet.of(whole.intervals().stream()
                .map(each ->
                        Interval.of(each.low().toLongExact() >>> by, each.high().toLongExact() >>> by))
                .toList());
    }

    private static U128 greater(U128 one, U128 other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private static U128 smaller(U128 one, U128 other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
