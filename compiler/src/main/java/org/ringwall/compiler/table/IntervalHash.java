package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Whether a number of 32 bits lies in none of a set of intervals: hashing of the upper bits, the number's cell. A slot holds an interval, its first
 * number and how many follow, so that any slot may hold any interval and none is found wrongly: a free slot holds one too. Intervals
 * that lie in several cells are there once for each. A few have a slot each, which one product finds; of more, two products name two buckets
 * of two slots (cuckoo hashing).
 */
public final class IntervalHash implements LookupTable {
    /** More take two products. */
    public static final int MOST_SINGLE = 64;

    /** Bytes of a table that one product finds a slot in. */
    static final int MOST_SINGLE_BYTES = 1 << 12;

    private static final int WORD = 32;
    private static final int PERCENT = 100;
    private static final int ATTEMPTS = 16;
    private static final int SINGLE_ATTEMPTS = 64;
    private static final int FREE = -1;

    /** How often one is put out of its bucket until other factors are tried. */
    private static final int MOST_MOVES = 2_000;

    /** Members a hundred slots, below which no table is tried. */
    private static final int LEAST_LOAD = 10;

    private final IntervalShape shape;
    private final IntervalShape.Pieces pieces;
    private final int buckets;
    private final int firstFactor;
    private final int secondFactor;

    /** The index of each slot's piece; {@link #FREE} for none. */
    private final int[] slots;

    private final String symbol;

    private IntervalHash(IntervalShape shape, IntervalShape.Pieces pieces, int buckets, int attempt) {
        this.shape = shape;
        this.pieces = pieces;
        this.buckets = buckets;
        this.firstFactor = 0x9e37_79b1 + attempt * 0x3c6e_f372 | 1;
        this.secondFactor = 0x85eb_ca77 + attempt * 0x27d4_eb2f | 1;
        this.slots = new int[buckets * shape.slotsOfBucket()];
        this.symbol = place() ? DataTable.symbol("intervals", content(ByteOrder.LITTLE_ENDIAN)) : "";
    }

    /**
     * A hash of intervals, apart and in order, in this shape, which is one of theirs. The table is larger than foreseen where no factors give
     * each piece a place; empty where it would be several times as large.
     *
     * @param lows the first number of each, unsigned
     * @param highs its last number
     */
    public static Optional<IntervalHash> of(IntervalShape shape, long[] lows, long[] highs) {
        IntervalShape.Pieces pieces = shape.cut(lows, highs);
        for (int load = shape.load(); load > LEAST_LOAD; load = load * 4 / 5) {
            int buckets = buckets(pieces.count(), load);
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                IntervalHash hash = new IntervalHash(shape, pieces, buckets, attempt);
                if (!hash.symbol.isEmpty()) {
                    return Optional.of(hash);
                }
            }
        }
        return Optional.empty();
    }

    /** A hash of a few intervals, apart and in order, in which one product finds a slot; empty where no factor suits them. */
    public static Optional<IntervalHash> single(long[] lows, long[] highs) {
        return IntervalShape.single(lows, highs).flatMap(shape -> single(shape, shape.cut(lows, highs)));
    }

    /** The smallest table: a power of two, so that a shift makes the product the slot. */
    private static Optional<IntervalHash> single(IntervalShape shape, IntervalShape.Pieces pieces) {
        int fewest = Integer.highestOneBit(pieces.count()) * 2;
        return IntStream.iterate(fewest, slots -> slots * shape.slotBytes() <= MOST_SINGLE_BYTES, slots -> slots * 2)
                .boxed()
                .flatMap(slots -> IntStream.range(0, SINGLE_ATTEMPTS)
                        .mapToObj(attempt -> new IntervalHash(shape, pieces, slots, attempt)))
                .filter(hash -> !hash.symbol.isEmpty())
                .findFirst();
    }

    static int buckets(int pieces, int load) {
        int slots = IntervalShape.CUCKOO_SLOTS;
        return Math.toIntExact(((long) pieces * PERCENT / load + slots) / slots);
    }

    private int bucket(int piece, int factor) {
        int cell = pieces.low(piece) >>> shape.cellBits();
        return (int) (Integer.toUnsignedLong(cell * factor) * buckets >>> WORD);
    }

    /** Each goes into a free slot of its buckets, or takes the place of another, which goes to its other bucket. */
    private boolean place() {
        Arrays.fill(slots, FREE);
        SplittableRandom random = new SplittableRandom(pieces.count());
        for (int i = 0; i < pieces.count(); i++) {
            if (!place(i, random)) {
                return false;
            }
        }
        return true;
    }

    private boolean place(int piece, SplittableRandom random) {
        int moving = piece;
        int to = bucket(moving, firstFactor);
        for (int move = 0; move < MOST_MOVES; move++) {
            int other = other(moving, to);
            int free = free(to) >= 0 ? free(to) : free(other);
            if (free >= 0) {
                slots[free] = moving;
                return true;
            }
            if (shape.isSingle()) {
                return false;
            }
            int slot = to * shape.slotsOfBucket() + random.nextInt(shape.slotsOfBucket());
            int out = slots[slot];
            slots[slot] = moving;
            moving = out;
            to = other(moving, to);
        }
        return false;
    }

    /** The bucket of its two that is not this one. */
    private int other(int piece, int bucket) {
        int first = bucket(piece, firstFactor);
        if (shape.isSingle()) {
            return first;
        }
        return first == bucket ? bucket(piece, secondFactor) : first;
    }

    private int free(int bucket) {
        int inBucket = shape.slotsOfBucket();
        for (int slot = bucket * inBucket; slot < (bucket + 1) * inBucket; slot++) {
            if (slots[slot] == FREE) {
                return slot;
            }
        }
        return FREE;
    }

    /** Which bits are the cell, and how a slot is laid out. */
    public IntervalShape shape() {
        return shape;
    }

    /** How many buckets there are: a product's share of 2^32 is the bucket's of these. */
    public int buckets() {
        return buckets;
    }

    /** What a cell is multiplied by, in 32 bits, for one of its buckets. */
    public int firstFactor() {
        return firstFactor;
    }

    /** The same for the other one, if there is one. */
    public int secondFactor() {
        return secondFactor;
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
        ByteBuffer bytes = ByteBuffer.allocate(slots.length * shape.slotBytes()).order(order);
        for (int slot : slots) {
            int piece = Math.max(0, slot);
            int more = pieces.more(piece);
            if (shape.isPacked()) {
                bytes.putInt(pieces.low(piece) | more >>> shape.grainBits());
            } else {
                bytes.putInt(pieces.low(piece)).putInt(more);
            }
        }
        return bytes.array();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.intervalHash(this);
    }
}
