package org.ringwall.compiler.reference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Rate;

/** Section 12, rates: the buckets of a policy's rates, and the clock that fills them. */
public final class Buckets {
    private final Map<Rate, Map<List<KeyValue>, Long>> full = new HashMap<>();
    private long now;
    private boolean watched;

    /** Buckets that are all full, at time 0 ns. */
    public Buckets() {}

    /** Moves the clock, which never runs back. */
    public void pass(long nanoseconds) {
        if (nanoseconds < 0) {
            throw new IllegalArgumentException("no time runs back");
        }
        now = Math.addExact(now, nanoseconds);
    }

    /** Whether tokens are only asked for from now on, as while an instance is in monitor mode (section 9). */
    public void watch(boolean only) {
        watched = only;
    }

    /** The time in ns. */
    public long now() {
        return now;
    }

    /** When the buckets of a rate are full again, of those that have been tried, by key. */
    public Map<List<KeyValue>, Long> full(Rate rate) {
        return Map.copyOf(full.getOrDefault(rate, Map.of()));
    }

    /**
     * Whether there is a token for this key; it is taken, or only asked for, which needs no room.
     *
     * @param segments how many are taken where there is one
     */
    boolean ask(Rate rate, List<KeyValue> key, boolean wanted, long segments) {
        boolean take = wanted && !watched;
        Map<List<KeyValue>, Long> buckets = full.computeIfAbsent(rate, r -> new HashMap<>());
        boolean room = rate.key().isEmpty() || buckets.containsKey(key) || buckets.size() < rate.max();
        if (!room) {
            return !take;
        }
        long after = Math.max(buckets.getOrDefault(key, 0L), now) + rate.pace().interval();
        boolean token = after <= now + rate.pace().depth();
        if (take) {
            long debt = (segments - 1) * rate.pace().interval();
            buckets.put(key, token ? after + debt : buckets.getOrDefault(key, 0L));
        }
        return token;
    }
}
