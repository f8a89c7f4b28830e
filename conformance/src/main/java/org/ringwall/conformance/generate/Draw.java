package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Random choices that a seed determines. */
public final class Draw {
    private final SplittableRandom random;

    /** Equal seeds give equal choices. */
    public Draw(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** A number from 0 to `bound` − 1. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** A number from `low` to `high`, both included. */
    public int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** 64 random bits. */
    public long bits() {
        return random.nextLong();
    }

    /** A number of 0..`max`, unsigned; half of the time a small one. */
    public long upTo(long max) {
        long bits = chance(50) ? bits() : below(300);
        return max == -1L ? bits : Long.remainderUnsigned(bits, max + 1);
    }

    /** True this often in a hundred. */
    public boolean chance(int percent) {
        return below(100) < percent;
    }

    /** One of them. */
    public <T> T oneOf(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** One of them. */
    @SafeVarargs
    public final <T> T oneOf(T... choices) {
        return choices[below(choices.length)];
    }

    /** From `low` to `high` of them. */
    public <T> List<T> several(int low, int high, Supplier<T> each) {
        int count = between(low, high);
        List<T> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(each.get());
        }
        return all;
    }
}
