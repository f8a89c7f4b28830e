// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import org.ringwall.bpf.object.MapType;

/**
 * The map of a rate (docs/abi.md section 1).
 *
 * <p>Without a key it is one bucket. With a key it is an array of {@link #sets()} sets of
 * {@link #WAYS} buckets each; a hash of the key selects the set. Two further elements follow: one
 * whose first bucket is shared by all keys whose sets have no free bucket, and one with the random
 * numbers of the hash.
 *
 * @param name in the policy
 * @param key empty for one bucket
 * @param interval ns from one token to the next
 * @param burst tokens of a full bucket
 * @param max keys for which the map is sized; 1 without a key
 */
public record RateLayout(String name, KeyLayout key, long interval, long burst, int max) {
    /** The number of buckets in a set. */
    public static final int WAYS = 8;

    /**
     * Keys per set if all {@link #max} keys are in use: half of the buckets. With evenly hashed
     * keys 2 % of the sets then have more keys than buckets.
     */
    private static final int KEYS_PER_SET = WAYS / 2;

    /**
     * The only bucket of a rate without a key: `full` is the time when it is full again,
     * CLOCK_BOOTTIME in ns.
     */
    public static final StructLayout BUCKET = StructLayout.named("ringwall_bucket")
            .add("lock", StructLayout.Scalar.SPIN_LOCK)
            .add("pad", StructLayout.Scalar.U32)
            .add("full", StructLayout.Scalar.U64)
            .build();

    /**
     * The maximum time in ns until an empty bucket is full, a year, so that sums of times and
     * buckets stay far below 2^63.
     */
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

    /** Returns the ns after which an empty bucket is full. */
    public long depth() {
        return interval * burst;
    }

    /** Returns the number of sets that hold keys. */
    public int sets() {
        return sets(max);
    }

    /** Returns the number of sets of a map for this many keys. */
    public static int sets(int max) {
        return Math.floorDiv(max - 1, KEYS_PER_SET) + 1;
    }

    /**
     * Returns the index of the element whose first bucket is shared by all keys without a bucket of
     * their own.
     */
    public int shared() {
        return sets();
    }

    /** Returns the index of the element with the {@link #randoms()} of the hash, from `ways` on. */
    public int seed() {
        return sets() + 1;
    }

    /**
     * Returns how many random u64 the hash needs: one, and one for each 4 bytes of the key. They
     * fit into the buckets of one set.
     */
    public int randoms() {
        return 1 + key.struct().size() / Integer.BYTES;
    }

    /**
     * Returns the struct of a bucket with its key. It is free if `full` is not later than now,
     * because a full bucket carries no information.
     */
    public StructLayout way() {
        return StructLayout.named("way_" + StateNames.rate(name))
                .add("key", new StructLayout.Nested(key.struct()))
                .add("full", StructLayout.Scalar.U64)
                .build();
    }

    /**
     * Returns the struct of a set: `time` is the latest time at which a token was taken from it,
     * `requests` how many requests a shared bucket has judged.
     */
    public StructLayout set() {
        return StructLayout.named("set_" + StateNames.rate(name))
                .add("lock", StructLayout.Scalar.SPIN_LOCK)
                .add("pad", StructLayout.Scalar.U32)
                .add("time", StructLayout.Scalar.U64)
                .add("requests", StructLayout.Scalar.U64)
                .add("ways", new StructLayout.Nested(way()), WAYS)
                .build();
    }

    /** Returns the map's declaration. */
    public MapDeclaration map() {
        String symbol = StateNames.rate(name);
        return key.isEmpty()
                ? MapDeclaration.array(symbol, MapType.ARRAY, 1, BUCKET)
                : MapDeclaration.array(symbol, MapType.ARRAY, sets() + 2, set());
    }

    /** Returns its description in an object. */
    public String text() {
        return new RateText(key.fields(), interval, burst).text();
    }
}
