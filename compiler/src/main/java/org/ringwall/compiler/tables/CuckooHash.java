// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A set of 32-bit numbers by cuckoo hashing. Two products select two buckets of two slots each, and
 * a member is in one of the four. Both buckets are loaded at once, whereas hash and displace has to
 * load a displacement before the slot. Free slots contain a member too, which cannot cause a false
 * match.
 */
public final class CuckooHash implements LookupTable {
    /** The maximum number of members in a table that every kernel accepts. */
    public static final int MOST_NUMBERS = DataTable.MOST_BYTES / Integer.BYTES / 100 * 80;

    /** The slots of a bucket: four or more would need less memory, and more comparisons. */
    static final int BUCKET = 2;

    /** The load factor in percent. With two slots in a bucket, at most 89 can be reached. */
    private static final int LOAD = 82;

    private static final int PERCENT = 100;
    private static final int WORD = 32;
    private static final int ATTEMPTS = 64;

    private final int[] members;
    private final Cuckoo places;
    private final String symbol;

    private CuckooHash(int[] members, Cuckoo places) {
        this.members = members;
        this.places = places;
        this.symbol = DataTable.symbol("cuckoo", content(ByteOrder.LITTLE_ENDIAN));
    }

    /**
     * Returns a hash of these distinct numbers, at least one; empty if no factors place all of
     * them.
     */
    public static Optional<CuckooHash> of(int[] members) {
        int[] own = members.clone();
        return Cuckoo.of(own, buckets(own.length), BUCKET, 2, ATTEMPTS).map(places -> new CuckooHash(own, places));
    }

    private static int buckets(int members) {
        return Math.toIntExact(((long) members * PERCENT / LOAD + BUCKET) / BUCKET);
    }

    /** Returns the placement: the factors and the number of buckets. */
    public Cuckoo places() {
        return places;
    }

    /** Returns the cost of a lookup in a table of this many members. */
    public static Cost cost(int members) {
        long bytes = (long) buckets(members) * BUCKET * Integer.BYTES;
        return new Cost(Costs.CUCKOO_INSTRUCTIONS, Costs.CUCKOO_NS + Costs.access(bytes));
    }

    @Override
    public int resultBits() {
        return 1;
    }

    @Override
    public int numberBits() {
        return WORD;
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer bytes =
                ByteBuffer.allocate(places.buckets() * BUCKET * Integer.BYTES).order(order);
        places.slots().forEach(slot -> bytes.putInt(members[Math.max(0, slot)]));
        return bytes.array();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.cuckooHash(this);
    }
}
