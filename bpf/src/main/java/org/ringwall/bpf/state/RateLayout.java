package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;

/**
 * The map of a rate.
 *
 * @param name in the policy
 * @param key empty for one bucket
 * @param interval ns from one token to the next
 * @param burst tokens of a full bucket
 * @param max how many keys there may be; 1 without a key
 */
public record RateLayout(String name, KeyLayout key, long interval, long burst, int max) {
    /** A bucket: `full` is when it is full again, CLOCK_BOOTTIME in ns. */
    public static final StructLayout BUCKET = StructLayout.named("ringwall_bucket")
            .add("lock", StructLayout.Scalar.SPIN_LOCK)
            .add("pad", StructLayout.Scalar.U32)
            .add("full", StructLayout.Scalar.U64)
            .build();

    /** A year: an empty bucket is full again sooner, so that sums of times and buckets stay far below 2^63. */
    public static final long MOST_NS = 365L * 24 * 3600 * 1_000_000_000;

    public RateLayout {
        boolean fits = interval > 0
                && burst > 0
                && Math.multiplyHigh(interval, burst) == 0
                && interval * burst <= MOST_NS
                && interval * burst > 0;
        if (!fits || max < 1 || key.isEmpty() && max != 1) {
            throw new IllegalArgumentException("rate " + name);
        }
    }

    /** ns in which an empty bucket becomes full. */
    public long depth() {
        return interval * burst;
    }

    /** The map. */
    public MapDeclaration map() {
        String symbol = StateNames.rate(name);
        return key.isEmpty()
                ? MapDeclaration.array(symbol, MapType.ARRAY, 1, BUCKET)
                : MapDeclaration.keyed(symbol, MapType.HASH, max, MapFlag.NO_PREALLOC.bit(), key.struct(), BUCKET);
    }

    /** What an object says of it: `cgroup : 10000000 burst 200`. */
    public String text() {
        return new RateText(key.parts().stream().map(KeyLayout.Part::field).toList(), interval, burst).text();
    }
}
