// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A set of intervals of 32- or 64-bit numbers; a lookup returns 1 for a number in none of them,
 * else 0. The upper bits of a number, its cell, are hashed. A slot stores an interval as its first
 * number and the number of numbers that follow, so any slot may hold any interval without a false
 * match, and free slots hold one too. An interval is stored once for each cell that it covers. A
 * few intervals have a slot each, selected by one product. For more, two products select two
 * buckets of two slots (cuckoo hashing) or of four; with four, the cell also selects one of several
 * parts.
 */
public final class IntervalHash implements LookupTable {
    /** The maximum number of intervals with one product. */
    public static final int MOST_SINGLE = 64;

    /** The maximum size of a table with one product, in bytes. */
    static final int MOST_SINGLE_BYTES = 1 << 12;

    /**
     * The target size of a part in bytes. It leaves some room for parts with more pieces than
     * others, because a cell is not divided.
     */
    private static final int MOST_FILLED = DataTable.MOST_BYTES - (1 << 10);

    private static final int ATTEMPTS = 16;
    private static final int SINGLE_ATTEMPTS = 64;

    /** The load factor in percent below which no table is tried. */
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
     * Returns a hash of intervals in this shape, which must be one of theirs. The table is larger
     * than predicted if no factors place every piece; the result is empty if it would be several
     * times as large.
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

    /** Returns a hash of a few intervals with one product; empty if no factor suits them. */
    public static Optional<IntervalHash> single(IntervalShape.Intervals intervals) {
        return IntervalShape.single(intervals).flatMap(shape -> single(shape, shape.cut(intervals)));
    }

    /**
     * Returns the smallest table whose number of slots is a power of two, so that a shift of the
     * product yields the slot.
     */
    private static Optional<IntervalHash> single(IntervalShape shape, IntervalShape.Pieces pieces) {
        int[] keys = shape.keys(pieces);
        int fewest = Integer.highestOneBit(keys.length) * 2;
        return IntStream.iterate(fewest, slots -> slots * shape.slotBytes() <= MOST_SINGLE_BYTES, slots -> slots * 2)
                .boxed()
                .flatMap(slots -> Cuckoo.of(keys, slots, 1, 1, SINGLE_ATTEMPTS).stream())
                .findFirst()
                .map(places -> new IntervalHash(shape, pieces, places));
    }

    /** Returns the layout of cells and slots. */
    public IntervalShape shape() {
        return shape;
    }

    /** Returns the placement: the factors, and the number of buckets in each part. */
    public Cuckoo places() {
        return places;
    }

    /** Returns the number of parts, each of which may be in its own section. */
    public int parts() {
        return places.shares().count();
    }

    /** Returns the least hashed cell of a part other than the first. */
    public int firstOf(int part) {
        return places.shares().firsts()[part - 1];
    }

    /** Returns the symbol of a part. */
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
