// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import java.util.function.LongPredicate;
import org.ringwall.bpf.insn.Insn;

/**
 * A set of 64-bit numbers: a list of constants, of which the kernel knows the one on each path; a
 * signed range whose members all end in some zero bits; or sums of both, of which the kernel knows
 * all but the lowest bits. No operation derives more than kernel 5.10 does
 * ({@code adjust_scalar_min_max_vals} in kernel/bpf/verifier.c).
 */
final class Numbers {
    private static final long[] NO_BASES = {};
    static final Numbers NONE = new Numbers(1, 0, 0, new long[0]);
    static final Numbers UNKNOWN = new Numbers(Long.MIN_VALUE, Long.MAX_VALUE, 0, new long[0]);
    static final Numbers ZERO = of(0);

    /** The maximum length of a list; loops over a string of 256 bytes have as many indices. */
    private static final int MOST_CONSTANTS = 300;

    private static final long MASK = 0xffff_ffffL;
    private static final Numbers WORD = new Numbers(0, MASK, 0, new long[0]);

    private final long min;
    private final long max;
    private final int zeros;
    private final long[] constants;

    /**
     * The members of a range without their lowest {@link #unknownBits}, if the kernel knows that
     * part on each path; else empty.
     */
    private final long[] bases;

    private final int unknownBits;

    private Numbers(long min, long max, int zeros, long[] constants) {
        this(min, max, zeros, constants, NO_BASES, 0);
    }

    private Numbers(long min, long max, int zeros, long[] constants, long[] bases, int unknownBits) {
        this.min = min;
        this.max = max;
        this.zeros = zeros;
        this.constants = constants;
        this.bases = bases;
        this.unknownBits = unknownBits;
    }

    /**
     * Returns the sums of one of these bases and a number of this many bits, up to `max`. All bases
     * have that many zero bits at the end.
     */
    private static Numbers sums(long[] bases, int unknownBits, int zeros, long max) {
        long last = bases[bases.length - 1] + (1L << unknownBits) - 1;
        return new Numbers(bases[0], Math.min(last, max), zeros, new long[0], bases, unknownBits);
    }

    static Numbers of(long constant) {
        return new Numbers(constant, constant, Long.numberOfTrailingZeros(constant), new long[] {constant});
    }

    static Numbers range(long min, long max) {
        return range(min, max, 0);
    }

    private static Numbers range(long min, long max, int zeros) {
        return min > max ? NONE : new Numbers(min, max, Math.min(zeros, Long.SIZE - 1), new long[0]);
    }

    /** Returns the values of a load of this many bytes. */
    static Numbers ofBytes(int bytes) {
        return bytes == Long.BYTES ? UNKNOWN : range(0, (1L << bytes * Byte.SIZE) - 1);
    }

    private static Numbers list(long[] unsorted) {
        if (unsorted.length == 1) {
            return of(unsorted[0]);
        }
        if (unsorted.length == 0) {
            return NONE;
        }
        long[] sorted = unsorted.clone();
        Arrays.sort(sorted);
        int distinct = 1;
        int zeros = Long.numberOfTrailingZeros(sorted[0]);
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] != sorted[distinct - 1]) {
                sorted[distinct] = sorted[i];
                distinct++;
                zeros = Math.min(zeros, Long.numberOfTrailingZeros(sorted[i]));
            }
        }
        sorted = Arrays.copyOf(sorted, distinct);
        boolean few = sorted.length <= MOST_CONSTANTS;
        return new Numbers(sorted[0], sorted[sorted.length - 1], zeros, few ? sorted : new long[0]);
    }

    boolean isEmpty() {
        return min > max;
    }

    /** Returns whether the kernel knows the number on each path. */
    boolean isConstant() {
        return constants.length > 0;
    }

    /** Returns whether there is only one number. */
    boolean isSingle() {
        return constants.length == 1;
    }

    long min() {
        return min;
    }

    long max() {
        return max;
    }

    long[] constants() {
        return constants.clone();
    }

    boolean within(long low, long high) {
        return min >= low && max <= high;
    }

    /** Returns whether the numbers are few enough to distinguish them in states. */
    boolean isNarrow() {
        return isConstant() || bases.length > 0 || max - min >= 0 && max - min < Long.SIZE;
    }

    /** Returns whether each number is a multiple of this power of two. */
    boolean aligned(int bytes) {
        return zeros >= Integer.numberOfTrailingZeros(bytes);
    }

    static Numbers join(Numbers left, Numbers right) {
        if (left == right || right.isEmpty()) {
            return left;
        }
        if (left.isEmpty()) {
            return right;
        }
        if (left.covers(right)) {
            return left;
        }
        if (left.isConstant() && right.isConstant()) {
            long[] both = Arrays.copyOf(left.constants, left.constants.length + right.constants.length);
            System.arraycopy(right.constants, 0, both, left.constants.length, right.constants.length);
            return list(both);
        }
        if (left.bases.length > 0 && right.bases.length > 0 && left.unknownBits == right.unknownBits) {
            Numbers bases = join(list(left.bases), list(right.bases));
            return bases.isConstant()
                    ? sums(
                            bases.constants,
                            left.unknownBits,
                            Math.min(left.zeros, right.zeros),
                            Math.max(left.max, right.max))
                    : range(Math.min(left.min, right.min), Math.max(left.max, right.max));
        }
        return range(Math.min(left.min, right.min), Math.max(left.max, right.max), Math.min(left.zeros, right.zeros));
    }

    private boolean covers(Numbers other) {
        if (isConstant()) {
            return other.isConstant() && covers(constants, other.constants);
        }
        boolean known = bases.length == 0
                || unknownBits == other.unknownBits && other.bases.length > 0 && covers(bases, other.bases);
        return known && min <= other.min && max >= other.max && zeros <= other.zeros;
    }

    private static boolean covers(long[] sorted, long[] others) {
        for (long each : others) {
            if (Arrays.binarySearch(sorted, each) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns the constants that satisfy the predicate. */
    Numbers filter(LongPredicate wanted) {
        if (constants.length == 1) {
            return wanted.test(constants[0]) ? this : NONE;
        }
        return list(Arrays.stream(constants).filter(wanted).toArray());
    }

    /** Returns the numbers that are also in this range. */
    Numbers intersect(long low, long high) {
        if (bases.length > 0) {
            long most = (1L << unknownBits) - 1;
            long[] inside = Arrays.stream(bases)
                    .filter(each -> each + most >= low && each <= high)
                    .toArray();
            boolean whole = Arrays.stream(inside).allMatch(each -> each >= low && each + most <= high);
            if (whole) {
                return inside.length == 0 ? NONE : sums(inside, unknownBits, zeros, max);
            }
        }
        return range(Math.max(min, low), Math.min(max, high), zeros);
    }

    /** Returns the result of a 64-bit operation. */
    Numbers compute(Insn.AluOp op, Numbers right) {
        return switch (op) {
            case ADD -> add(right);
            case SUB -> subtract(right);
            case AND -> and(right);
            case OR, XOR -> bits(op, right);
            case LSH -> shiftLeft(right);
            case RSH -> shiftRight(right);
            case MUL -> multiply(right);
            default -> UNKNOWN;
        };
    }

    /** Returns the result of a 32-bit operation, whose upper half is 0. */
    Numbers computeWord(Insn.AluOp op, Numbers right) {
        if (right.isSingle() && op == Insn.AluOp.AND && right.min >= 0) {
            return range(0, right.min);
        }
        if (right.isSingle() && op == Insn.AluOp.RSH && right.within(0, Integer.SIZE - 1)) {
            return range(0, MASK >>> right.min);
        }
        return WORD;
    }

    /** Returns the lower halves of the numbers; the upper halves are 0. */
    Numbers word() {
        return isConstant()
                ? list(Arrays.stream(constants).map(each -> each & MASK).toArray())
                : WORD;
    }

    private Numbers pairs(Numbers right, LongBinaryOperator op) {
        long[] results = new long[constants.length * right.constants.length];
        int at = 0;
        for (long one : constants) {
            for (long other : right.constants) {
                results[at++] = op.applyAsLong(one, other);
            }
        }
        return list(results);
    }

    private boolean fewPairs(Numbers right) {
        return isConstant() && right.isConstant() && constants.length * right.constants.length <= 2 * MOST_CONSTANTS;
    }

    private Numbers add(Numbers right) {
        if (fewPairs(right)) {
            return pairs(right, Long::sum);
        }
        Optional<Numbers> sums = sums(this, right).or(() -> sums(right, this));
        if (sums.isPresent()) {
            return sums.get();
        }
        long low = min + right.min;
        long high = max + right.max;
        boolean overflows = ((min ^ low) & (right.min ^ low)) < 0 || ((max ^ high) & (right.max ^ high)) < 0;
        int ends = Math.min(zeros, right.zeros);
        return overflows ? range(Long.MIN_VALUE, Long.MAX_VALUE, ends) : range(low, high, ends);
    }

    private static Optional<Numbers> sums(Numbers constant, Numbers few) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(few.max);
        boolean fits = constant.isConstant()
                && constant.min >= 0
                && constant.max < Integer.MAX_VALUE
                && few.min >= 0
                && few.max < Long.SIZE
                && constant.zeros >= bits;
        int ends = Math.min(constant.zeros, few.zeros);
        return fits ? Optional.of(sums(constant.constants, bits, ends, constant.max + few.max)) : Optional.empty();
    }

    private Numbers subtract(Numbers right) {
        if (fewPairs(right)) {
            return pairs(right, (one, other) -> one - other);
        }
        long low = min - right.max;
        long high = max - right.min;
        boolean overflows = ((min ^ right.max) & (min ^ low)) < 0 || ((max ^ right.min) & (max ^ high)) < 0;
        return overflows ? UNKNOWN : range(low, high, Math.min(zeros, right.zeros));
    }

    private Numbers and(Numbers right) {
        if (fewPairs(right)) {
            return pairs(right, (one, other) -> one & other);
        }
        if (right.isConstant() && right.min >= 0) {
            return range(0, min >= 0 ? Math.min(max, right.max) : right.max, Math.max(zeros, right.zeros));
        }
        if (right.isSingle() && bases.length > 0 && right.min == -1L << unknownBits) {
            return list(bases);
        }
        boolean positive = min >= 0 && right.min >= 0;
        return positive ? range(0, Math.min(max, right.max)) : UNKNOWN;
    }

    private Numbers bits(Insn.AluOp op, Numbers right) {
        if (fewPairs(right)) {
            return pairs(right, op == Insn.AluOp.OR ? (one, other) -> one | other : (one, other) -> one ^ other);
        }
        if (!right.isSingle() || min < 0 || right.min < 0) {
            return UNKNOWN;
        }
        long most = max | right.max;
        return range(0, most == 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(most), Math.min(zeros, right.zeros));
    }

    private Numbers shiftLeft(Numbers right) {
        if (!right.isSingle() || !right.within(0, Long.SIZE - 1)) {
            return UNKNOWN;
        }
        int by = (int) right.min;
        if (isConstant()) {
            return list(Arrays.stream(constants).map(each -> each << by).toArray());
        }
        boolean fits = min >= 0 && by < Long.SIZE - 1 && max < 1L << Long.SIZE - 1 - by;
        return fits ? range(min << by, max << by, zeros + by) : range(Long.MIN_VALUE, Long.MAX_VALUE, zeros + by);
    }

    private Numbers shiftRight(Numbers right) {
        if (!right.isSingle() || !right.within(0, Long.SIZE - 1)) {
            return UNKNOWN;
        }
        int by = (int) right.min;
        if (isConstant()) {
            return list(Arrays.stream(constants).map(each -> each >>> by).toArray());
        }
        if (min >= 0) {
            return range(min >> by, max >> by, Math.max(0, zeros - by));
        }
        return by == 0 ? this : range(0, -1L >>> by);
    }

    private Numbers multiply(Numbers right) {
        boolean small = within(0, MASK) && right.within(0, MASK);
        if (!small) {
            return UNKNOWN;
        }
        if (fewPairs(right)) {
            return pairs(right, (one, other) -> one * other);
        }
        long most = max * right.max;
        return most < 0 ? UNKNOWN : range(min * right.min, most, right.isSingle() ? zeros + right.zeros : 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Numbers that
                && min == that.min
                && max == that.max
                && zeros == that.zeros
                && unknownBits == that.unknownBits
                && Arrays.equals(bases, that.bases)
                && Arrays.equals(constants, that.constants);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(31 * min + max) + 31 * (Arrays.hashCode(constants) + Arrays.hashCode(bases)) + zeros;
    }

    @Override
    public String toString() {
        if (isEmpty()) {
            return "no number";
        }
        return isConstant() ? Arrays.toString(constants) : min + ".." + max;
    }
}
