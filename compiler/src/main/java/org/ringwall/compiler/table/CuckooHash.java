package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

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
    private static final int FREE = -1;

    /** How often one is put out of its bucket until others are tried. */
    private static final int MOST_MOVES = 2_000;

    private final int[] members;
    private final int buckets;
    private final int firstFactor;
    private final int secondFactor;

    /** The index of each slot's member; {@link #FREE} for none. */
    private final int[] slots;

    private final String symbol;

    private CuckooHash(int[] members, int attempt) {
        this.members = members;
        this.buckets = buckets(members.length);
        this.firstFactor = 0x9e37_79b1 + attempt * 0x3c6e_f372 | 1;
        this.secondFactor = 0x85eb_ca77 + attempt * 0x27d4_eb2f | 1;
        this.slots = new int[buckets * BUCKET];
        this.symbol = place() ? DataTable.symbol("cuckoo", content(ByteOrder.LITTLE_ENDIAN)) : "";
    }

    /** A hash of these different numbers, one at least; empty where no factors give each a place. */
    public static Optional<CuckooHash> of(int[] members) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            CuckooHash hash = new CuckooHash(members.clone(), attempt);
            if (!hash.symbol.isEmpty()) {
                return Optional.of(hash);
            }
        }
        return Optional.empty();
    }

    private static int buckets(int members) {
        return Math.toIntExact(((long) members * PERCENT / LOAD + BUCKET) / BUCKET);
    }

    private int bucket(int number, int factor) {
        return (int) (Integer.toUnsignedLong(number * factor) * buckets >>> WORD);
    }

    /** Each goes into a free slot of its buckets, or takes the place of another, which goes to its other bucket. */
    private boolean place() {
        Arrays.fill(slots, FREE);
        SplittableRandom random = new SplittableRandom(members.length);
        for (int i = 0; i < members.length; i++) {
            if (!place(i, random)) {
                return false;
            }
        }
        return true;
    }

    private boolean place(int member, SplittableRandom random) {
        int moving = member;
        int to = bucket(members[moving], firstFactor);
        for (int move = 0; move < MOST_MOVES; move++) {
            int other = other(moving, to);
            int free = free(to) >= 0 ? free(to) : free(other);
            if (free >= 0) {
                slots[free] = moving;
                return true;
            }
            int slot = to * BUCKET + random.nextInt(BUCKET);
            int out = slots[slot];
            slots[slot] = moving;
            moving = out;
            to = other(moving, to);
        }
        return false;
    }

    /** The bucket of its two that is not this one. */
    private int other(int member, int bucket) {
        int first = bucket(members[member], firstFactor);
        return first == bucket ? bucket(members[member], secondFactor) : first;
    }

    private int free(int bucket) {
        for (int slot = bucket * BUCKET; slot < (bucket + 1) * BUCKET; slot++) {
            if (slots[slot] == FREE) {
                return slot;
            }
        }
        return FREE;
    }

    /** How many buckets there are, of 8 bytes each: a product's share of 2^32 is the bucket's of these. */
    public int buckets() {
        return buckets;
    }

    /** What a number is multiplied by, in 32 bits, for one of its buckets. */
    public int firstFactor() {
        return firstFactor;
    }

    /** The same for the other one. */
    public int secondFactor() {
        return secondFactor;
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
        ByteBuffer bytes = ByteBuffer.allocate(slots.length * Integer.BYTES).order(order);
        for (int slot : slots) {
            bytes.putInt(members[Math.max(0, slot)]);
        }
        return bytes.array();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.cuckooHash(this);
    }
}
