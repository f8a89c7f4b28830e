// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntBiFunction;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Rate;

/** Section 12, rates: the buckets of a policy's rates, and the clock that fills them. */
public final class Buckets {
    private final Map<Rate, Map<List<KeyValue>, Long>> full = new HashMap<>();
    private final Map<Rate, Map<List<KeyValue>, Long>> shared = new HashMap<>();
    private final Map<Rate, Long> requests = new HashMap<>();
    private final ToIntBiFunction<Rate, List<KeyValue>> sets;
    private long now;
    private boolean watched;

    /**
     * Creates buckets that are all full, at time 0 ns; keys are distributed over the sets of a rate
     * by their hash code.
     */
    public Buckets() {
        this((rate, key) -> Math.floorMod(key.hashCode(), RateLayout.sets(rate.max())));
    }

    /**
     * Creates buckets that are all full, at time 0 ns.
     *
     * @param sets the set of each key of a rate; at most {@link RateLayout#WAYS} keys of a set have
     *     buckets of their own at a time
     */
    public Buckets(ToIntBiFunction<Rate, List<KeyValue>> sets) {
        this.sets = sets;
    }

    /** Advances the clock. */
    public void pass(long nanoseconds) {
        if (nanoseconds < 0) {
            throw new IllegalArgumentException("no time runs back");
        }
        now = Math.addExact(now, nanoseconds);
    }

    /** Sets whether tokens are only tested and not taken, as in monitor mode (section 9). */
    public void watch(boolean only) {
        watched = only;
    }

    /** Returns the time in ns. */
    public long now() {
        return now;
    }

    /** Returns, by key, when the buckets of a rate that are not full now will be full again. */
    public Map<List<KeyValue>, Long> full(Rate rate) {
        Map<List<KeyValue>, Long> busy = new HashMap<>(full.getOrDefault(rate, Map.of()));
        busy.values().removeIf(time -> time <= now);
        return busy;
    }

    /** Returns how many requests the shared bucket of a rate has judged. */
    public long shared(Rate rate) {
        return requests.getOrDefault(rate, 0L);
    }

    /**
     * Returns whether there is a token for this key, and takes it if wanted.
     *
     * @param segments the number of tokens to take if there is one
     */
    boolean test(Rate rate, List<KeyValue> key, boolean wanted, long segments) {
        boolean take = wanted && !watched;
        Map<List<KeyValue>, Long> own = full.computeIfAbsent(rate, r -> new HashMap<>());
        own.values().removeIf(time -> time <= now);
        if (own.containsKey(key) || hasRoom(rate, own, key)) {
            return test(rate, own, key, take, segments);
        }
        if (take) {
            requests.merge(rate, 1L, Long::sum);
        }
        return test(rate, shared.computeIfAbsent(rate, r -> new HashMap<>()), List.of(), take, segments);
    }

    private boolean hasRoom(Rate rate, Map<List<KeyValue>, Long> own, List<KeyValue> key) {
        if (key.isEmpty()) {
            return true;
        }
        int set = sets.applyAsInt(rate, key);
        return own.keySet().stream()
                        .filter(other -> sets.applyAsInt(rate, other) == set)
                        .count()
                < RateLayout.WAYS;
    }

    private boolean test(
            Rate rate, Map<List<KeyValue>, Long> buckets, List<KeyValue> key, boolean take, long segments) {
        long after = Math.max(buckets.getOrDefault(key, 0L), now) + rate.pace().interval();
        boolean token = after <= now + rate.pace().depth();
        if (take && token) {
            buckets.put(key, after + (segments - 1) * rate.pace().interval());
        }
        return token;
    }
}
