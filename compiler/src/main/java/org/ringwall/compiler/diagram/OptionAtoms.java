// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** Atoms at getsockopt and setsockopt. The level and the number of an option are two variables. */
final class OptionAtoms extends Atoms {
    /** The lengths of a value that the program sees completely. */
    static final IntervalSet LENGTHS = IntervalSet.range(0, 4096);

    static final long MAX_ERRNO = Errno.MAX;

    static final IntervalSet WITH_WORD = IntervalSet.range(4, 4096);
    static final IntervalSet WITH_BYTE = IntervalSet.range(1, 3);
    private static final long HALF = 0xffff_ffffL;

    private final boolean writes;

    OptionAtoms(ConditionBuilder booleans, boolean writes) {
        super(booleans);
        this.writes = writes;
    }

    @Override
    Optional<Variable> variable(Field field) {
        return switch (field) {
            case LEVEL -> Optional.of(Variable.LEVEL);
            case OPTNAME -> Optional.of(Variable.OPTNAME);
            default -> identity(field);
        };
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        return switch (field) {
            case OPTION ->
                booleans().any(set.intervals().stream().map(this::options).toList());
            case READ -> booleans().constant(set.contains(writes ? 0 : 1));
            case WRITE -> booleans().constant(set.contains(writes ? 1 : 0));
            case OPTLEN -> booleans().member(Variable.OPTLEN, set.intersect(LENGTHS));
            case OPTVAL -> value(variable -> booleans().member(variable, set));
            case RETVAL -> writes ? booleans().constant(false) : booleans().member(Variable.RETVAL, errnos(set));
            default -> super.in(field, set);
        };
    }

    @Override
    Node<Boolean> compare(Guard.CompareParam guard) {
        return switch (guard.field()) {
            case OPTLEN ->
                booleans().and(booleans().member(Variable.OPTLEN, LENGTHS), predicate(Variable.OPTLEN, guard));
            case OPTVAL -> value(variable -> predicate(variable, guard));
            default -> super.compare(guard);
        };
    }

    @Override
    Node<Boolean> inLive(Field field, IntervalSet within, LiveSet set) {
        return switch (field) {
            case OPTLEN -> booleans().and(in(field, within), booleans().inLive(set, List.of(Variable.OPTLEN)));
            case OPTVAL ->
                value(variable -> booleans()
                        .and(booleans().member(variable, within), booleans().inLive(set, List.of(variable))));
            default -> super.inLive(field, within, set);
        };
    }

    /** Returns the condition on the first 4 bytes, or on the first byte if the value is shorter. */
    private Node<Boolean> value(Function<Variable, Node<Boolean>> condition) {
        return booleans()
                .or(
                        booleans().and(booleans().member(Variable.OPTLEN, WITH_WORD), condition.apply(Variable.OPTVAL)),
                        booleans()
                                .and(
                                        booleans().member(Variable.OPTLEN, WITH_BYTE),
                                        condition.apply(Variable.SHORT_OPTVAL)));
    }

    /**
     * Returns the condition that the option is in the interval, ordered by level, then by number.
     */
    private Node<Boolean> options(Interval interval) {
        long low = interval.low().low();
        long high = interval.high().low();
        long first = low >>> 32;
        long last = high >>> 32;
        if (first == last) {
            return both(first, last, low & HALF, high & HALF);
        }
        Node<Boolean> middle = last - first > 1
                ? both(first + 1, last - 1, 0, HALF)
                : booleans().constant(false);
        return booleans().any(List.of(both(first, first, low & HALF, HALF), middle, both(last, last, 0, high & HALF)));
    }

    private Node<Boolean> both(long lowLevel, long highLevel, long lowNumber, long highNumber) {
        return booleans()
                .and(
                        booleans().member(Variable.LEVEL, IntervalSet.range(lowLevel, highLevel)),
                        booleans().member(Variable.OPTNAME, IntervalSet.range(lowNumber, highNumber)));
    }

    /** Returns the `retval` numbers of these errnos; 0 means every result that is not an error. */
    static IntervalSet errnos(IntervalSet set) {
        List<Interval> raw = new ArrayList<>();
        if (set.contains(0)) {
            raw.add(Interval.of(0, Integer.MAX_VALUE));
        }
        for (Interval errnos : set.intersect(IntervalSet.range(1, MAX_ERRNO)).intervals()) {
            raw.add(Interval.of(
                    HALF + 1 - errnos.high().toLongExact(),
                    HALF + 1 - errnos.low().toLongExact()));
        }
        return IntervalSet.of(raw);
    }
}
