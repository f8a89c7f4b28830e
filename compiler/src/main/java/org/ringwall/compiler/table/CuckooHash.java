package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Whether a number of 32 bits is one of a set: cuckoo hashing. Two products name two buckets of two slots each, and a member is in one
 * of the four. Both buckets are fetched at once, where hash and displace waits for a displacement before it knows which slot to fetch. A free
 * slot holds a member too, which is found nowhere wrongly for that.
 */
public final class CuckooHash implements LookupTable {
    /** More have no room in a table that every kernel takes. */
    public static final int MOST_NUMBERS = DataTable.MOST_BYTES / Integer.BYTES / 100 * 80;

    /** Slots of a bucket: four and more need less room, and more comparisons. */
    static final int BUCKET = 2;

    /** Members a hundred slots, of which no more than 89 can be taken where a bucket has two. */
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

    /** A hash of these different numbers, one at least; empty where no factors give each a place. */
    public static Optional<CuckooHash> of(int[] members) {
        int[] own = members.clone();
        return Cuckoo.of(own, buckets(own.length), BUCKET, 2, ATTEMPTS).map(places -> new CuckooHash(own, places));
    }

    private static int buckets(int members) {
        return Math.toIntExact(((long) members * PERCENT / LOAD + BUCKET) / BUCKET);
    }

    /** The products that name a number's buckets, and how many buckets there are. */
    public Cuckoo places() {
        return places;
    }

    /** What one look in a table of so many members costs. */
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
