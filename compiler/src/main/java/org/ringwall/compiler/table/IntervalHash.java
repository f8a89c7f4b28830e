package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Whether a number of 32 or 64 bits lies in none of a set of intervals: hashing of the upper bits, the number's cell. A slot holds an interval, its first
 * number and how many follow, so that any slot may hold any interval and none is found wrongly: a free slot holds one too. Intervals
 * that lie in several cells are there once for each. A few have a slot each, which one product finds; of more, two products name two buckets
 * of two slots (cuckoo hashing), or of four, where the cell also says in which of several parts the buckets lie.
 */
public final class IntervalHash implements LookupTable {
    /** More take two products. */
    public static final int MOST_SINGLE = 64;

    /** Bytes of a table that one product finds a slot in. */
    static final int MOST_SINGLE_BYTES = 1 << 12;

    /** Bytes of a part: a little is left for one that has more pieces than others, since it does not divide a cell. */
    private static final int MOST_FILLED = DataTable.MOST_BYTES - (1 << 10);

    private static final int ATTEMPTS = 16;
    private static final int SINGLE_ATTEMPTS = 64;

    /** Pieces a hundred slots, below which no table is tried. */
    private static final int LEAST_LOAD = 10;

    private final IntervalShape shape;
    private final IntervalShape.Pieces pieces;
    private final Cuckoo places;
    private final String symbol;

    private IntervalHash(IntervalShape shape, IntervalShape.Pieces pieces, Cuckoo places) {
        this.shape = shape;
        this.pieces = pieces;
        this.places = places;
        this.symbol = DataTable.symbol("intervals", content(ByteOrder.LITTLE_ENDIAN));
    }

    /**
     * A hash of intervals in this shape, which is one of theirs. The table is larger than foreseen where no factors give each piece a
     * place; empty where it would be several times as large.
     */
    public static Optional<IntervalHash> of(IntervalShape shape, IntervalShape.Intervals intervals) {
        IntervalShape.Pieces pieces = shape.cut(intervals);
        int[] keys = shape.keys(pieces);
        return IntStream.iterate(shape.load(), load -> load > LEAST_LOAD, load -> load * 4 / 5)
                .boxed()
                .flatMap(load -> places(shape, keys, load).stream())
                .findFirst()
                .map(places -> new IntervalHash(shape, pieces, places));
    }

    private static Optional<Cuckoo> places(IntervalShape shape, int[] keys, int load) {
        IntervalBuckets buckets = shape.buckets();
        long bytes = (long) buckets.count(keys.length, load) * shape.bucketBytes();
        int parts = (int) ((bytes + MOST_FILLED - 1) / MOST_FILLED);
        KeyShares shares = KeyShares.of(keys, parts);
        int each = buckets.count(shares.most(keys), load);
        return Cuckoo.of(keys, shares, each, buckets.slots(), 2, ATTEMPTS);
    }

    /** A hash of a few intervals in which one product finds a slot; empty where no factor suits them. */
    public static Optional<IntervalHash> single(IntervalShape.Intervals intervals) {
        return IntervalShape.single(intervals).flatMap(shape -> single(shape, shape.cut(intervals)));
    }

    /** The smallest table: a power of two, so that a shift makes the product the slot. */
    private static Optional<IntervalHash> single(IntervalShape shape, IntervalShape.Pieces pieces) {
        int[] keys = shape.keys(pieces);
        int fewest = Integer.highestOneBit(keys.length) * 2;
        return IntStream.iterate(fewest, slots -> slots * shape.slotBytes() <= MOST_SINGLE_BYTES, slots -> slots * 2)
                .boxed()
                .flatMap(slots -> Cuckoo.of(keys, slots, 1, 1, SINGLE_ATTEMPTS).stream())
                .findFirst()
                .map(places -> new IntervalHash(shape, pieces, places));
    }

    /** Which bits are the cell, and how a slot is laid out. */
    public IntervalShape shape() {
        return shape;
    }

    /** The products that name a number's buckets, and how many buckets there are in each part. */
    public Cuckoo places() {
        return places;
    }

    /** How many parts there are, each in a section of its own if need be. */
    public int parts() {
        return places.shares().count();
    }

    /** The least cell, as products multiply it, of a part that is not the first one. */
    public int firstOf(int part) {
        return places.shares().firsts()[part - 1];
    }

    /** The global that holds a part. */
    public String part(int number) {
        return parts() == 1 ? symbol : symbol + "_" + number;
    }

    @Override
    public List<Piece> pieces(ByteOrder order) {
        byte[] whole = content(order);
        int each = whole.length / parts();
        return IntStream.range(0, parts())
                .mapToObj(part ->
                        new Piece(part(part), alignment(), Arrays.copyOfRange(whole, part * each, (part + 1) * each)))
                .toList();
    }

    @Override
    public int resultBits() {
        return 1;
    }

    @Override
    public int numberBits() {
        return shape.bits();
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public byte[] content(ByteOrder order) {
        int size = parts() * places.buckets() * shape.bucketBytes();
        ByteBuffer bytes = ByteBuffer.allocate(size).order(order);
        places.slots()
                .map(slot -> Math.max(0, slot))
                .forEach(piece -> put(bytes, pieces.low(piece), pieces.more(piece)));
        return bytes.array();
    }

    private void put(ByteBuffer bytes, long low, long more) {
        LongStream words =
                shape.isPacked() ? LongStream.of(low | more >>> shape.grainBits()) : LongStream.of(low, more);
        if (shape.bits() == Integer.SIZE) {
            words.forEach(word -> bytes.putInt((int) word));
        } else {
            words.forEach(bytes::putLong);
        }
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.intervalHash(this);
    }
}
