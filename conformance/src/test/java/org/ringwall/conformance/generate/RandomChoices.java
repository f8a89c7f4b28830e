// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Random choices determined by a seed. */
public final class RandomChoices {
    private final SplittableRandom random;

    /** Creates a generator. Equal seeds yield equal choices. */
    public RandomChoices(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Returns an integer from 0 to `bound` − 1. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** Returns an integer from `low` to `high`, inclusive. */
    public int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** Returns 64 random bits. */
    public long bits() {
        return random.nextLong();
    }

    /**
     * Returns an unsigned integer from 0 to `max`. Half of them are below 300 (modulo `max` + 1).
     */
    public long upTo(long max) {
        long bits = chance(50) ? bits() : below(300);
        return max == -1L ? bits : Long.remainderUnsigned(bits, max + 1);
    }

    /** Returns true with this probability in percent. */
    public boolean chance(int percent) {
        return below(100) < percent;
    }

    public <T> T oneOf(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    @SafeVarargs
    public final <T> T oneOf(T... choices) {
        return choices[below(choices.length)];
    }

    /** Returns a list of `low` to `high` elements. */
    public <T> List<T> several(int low, int high, Supplier<T> each) {
        int count = between(low, high);
        List<T> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(each.get());
        }
        return all;
    }
}
