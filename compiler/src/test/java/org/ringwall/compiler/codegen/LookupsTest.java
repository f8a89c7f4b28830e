// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.CuckooHash;
import org.ringwall.compiler.tables.IntervalBuckets;
import org.ringwall.compiler.tables.IntervalHash;
import org.ringwall.compiler.tables.IntervalShape;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.PerfectHash;
import org.ringwall.compiler.tables.SearchShape;
import org.ringwall.compiler.tables.SearchTree;

/**
 * Lookups in every table. A search tree yields the class of a key in any register and in any part
 * of the last level. A bitmap yields the bit of each key, in the machine's byte order and in
 * network byte order.
 */
class LookupsTest {
    private static final int CONTEXT_BYTES = 8;
    private static final int INTERVALS = 500_000;

    /**
     * Columns: the register of the key, whether the key is needed afterwards, the bytes of a key,
     * and the number of classes.
     */
    @ParameterizedTest
    @CsvSource({
        "R1, true, 8, 2",
        "R1, false, 8, 7",
        "R1, true, 8, 300",
        "R7, false, 8, 2",
        "R7, false, 4, 7",
        "R7, false, 4, 300",
        "R8, true, 4, 2"
    })
    void searchesEveryPartOfATree(Reg number, boolean needed, int bytes, int classes) throws CodeTooLargeException {
        Random random = new Random(classes + number.number());
        int intervals = INTERVALS * 8 / bytes;
        long[] boundaries = boundaries(random, bytes);
        int[] classOf = IntStream.range(0, intervals).map(i -> i % classes).toArray();
        SearchShape shape = new SearchShape(intervals, bytes, List.of(16, 16, 16, 16, bytes == 8 ? 8 : 16));
        SearchTree tree = SearchTree.of(shape, boundaries, classOf);
        assertThat(tree.parts()).isGreaterThan(1);
        assertThat(tree.rootInCode()).isEqualTo(bytes == 4);
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            TinyMachine machine =
                    new TinyMachine(code(tree, Width.DW, number, needed), order, CONTEXT_BYTES, List.of(tree));
            for (int i = 0; i < 20_000; i++) {
                long sought = boundaries[i < 4 ? (boundaries.length - 1) * (i & 1) : random.nextInt(boundaries.length)]
                        + (i & 2) / 2;
                machine.context().putLong(0, sought);
                int place = Arrays.binarySearch(boundaries, sought);
                assertThat(machine.run())
                        .as("%d", sought)
                        .isEqualTo(classOf[place < 0 ? -place - 1 : place] + (needed ? sought : 0));
            }
        }
    }

    /**
     * Looks up members, their neighbours and random keys. 0 and the greatest key are members in
     * some rounds.
     */
    @ParameterizedTest
    @CsvSource({"R1, true, 65", "R1, false, 1000", "R7, false, 3", "R8, true, 40000", "R6, false, 1"})
    void cuckooHashContainsExactlyItsMembers(Reg number, boolean needed, int count) throws CodeTooLargeException {
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed * 31L + count);
            Set<Integer> members = new TreeSet<>(seed % 2 == 0 ? List.of(0) : List.of(-1));
            while (members.size() < count) {
                // Some are adjacent, like those of one network.
                int next = random.nextInt();
                members.add(seed < 2 ? next : next & 0xf00f_0fff);
            }
            CuckooHash hash = CuckooHash.of(
                            members.stream().mapToInt(Integer::intValue).toArray())
                    .orElseThrow();
            List<Integer> asked = new ArrayList<>(members.stream().limit(2_000).toList());
            members.stream()
                    .limit(2_000)
                    .forEach(member -> asked.addAll(List.of(member + 1, member - 1, member ^ 1 << 31)));
            random.ints(5_000).forEach(asked::add);
            asked.addAll(List.of(0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE));
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                TinyMachine machine =
                        new TinyMachine(code(hash, Width.W, number, needed), order, CONTEXT_BYTES, List.of(hash));
                for (int sought : asked) {
                    machine.context().putInt(0, sought);
                    long found = members.contains(sought) ? 1 : 0;
                    assertThat(machine.run())
                            .as("%x among %d", sought, count)
                            .isEqualTo(found + (needed ? Integer.toUnsignedLong(sought) : 0));
                }
            }
        }
    }

    /**
     * Looks up the ends of intervals, their neighbours and random keys. The `grain` low bits do not
     * matter, and pieces have up to 2^`length` grains.
     */
    @ParameterizedTest
    @CsvSource({
        "W, R1, true, 20, 8, 8, PAIRS",
        "W, R1, false, 1000, 8, 8, PAIRS",
        "W, R7, false, 300, 0, 20, PAIRS",
        "W, R8, true, 300, 1, 2, PAIRS",
        "W, R6, false, 1, 15, 16, PAIRS",
        "W, R1, true, 5, 0, 31, PAIRS",
        "W, R7, true, 4000, 4, 4, PAIRS",
        "W, R6, true, 2000, 0, 1, PAIRS",
        "W, R6, true, 24, 8, 8, SINGLE",
        "W, R1, false, 24, 0, 8, SINGLE",
        "W, R7, false, 24, 12, 1, SINGLE",
        "DW, R1, true, 1000, 0, 35, PAIRS",
        "DW, R1, false, 1000, 15, 10, PAIRS",
        "DW, R7, true, 300, 0, 0, PAIRS",
        "DW, R8, false, 5, 0, 62, PAIRS",
        "DW, R6, true, 24, 0, 20, SINGLE",
        "DW, R6, false, 24, 13, 1, SINGLE",
        "W, R1, true, 1000, 8, 8, WIDE",
        "W, R7, false, 4000, 0, 16, WIDE",
        "W, R8, true, 40, 0, 20, WIDE",
        "DW, R1, false, 2000, 0, 35, WIDE",
        "DW, R6, true, 300, 13, 1, WIDE"
    })
    void intervalHashContainsExactlyItsIntervals(
            Width word, Reg number, boolean needed, int count, int grain, int length, IntervalBuckets buckets)
            throws CodeTooLargeException {
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed * 31L + count);
            TreeMap<Long, Long> intervals = intervals(random, word, count, grain, length, seed % 2 == 0, -1);
            IntervalHash hash = hash(word, intervals, buckets);
            // A single bucket has large cells, whose intervals fit in one word only with a coarse
            // grain.
            boolean packed = buckets == IntervalBuckets.SINGLE ? grain > 8 : grain > 0;
            assertThat(hash.shape().isPacked()).isEqualTo(packed && buckets != IntervalBuckets.WIDE);
            assertThat(hash.shape().buckets()).isEqualTo(buckets);
            assertThat(hash.parts()).isEqualTo(1);
            expectIntervals(hash, intervals, number, needed, keysToLookUp(random, intervals));
        }
    }

    /**
     * Looks up keys of all parts. Those with only the mask's bits are in small cells, for which the
     * two halves of the cell's number are folded into one.
     */
    @ParameterizedTest
    @CsvSource({
        "W, R1, true, 600000, 6, -1, 2",
        "W, R7, false, 1000000, 4, -1, 3",
        "DW, R1, false, 300000, 20, -1, 2",
        "DW, R8, true, 600000, 4, -1152358558947344385, 3"
    })
    void searchesEveryPartOfAnIntervalHash(
            Width word, Reg number, boolean needed, int count, int length, long mask, int parts)
            throws CodeTooLargeException {
        Random random = new Random(count + length);
        TreeMap<Long, Long> intervals = intervals(random, word, count, 0, length, true, mask);
        IntervalHash hash = hash(word, intervals, IntervalBuckets.WIDE);
        assertThat(hash.parts()).isEqualTo(parts);
        assertThat(hash.shape().isFolded()).isEqualTo(mask != -1);
        assertThat(hash.pieces(ByteOrder.LITTLE_ENDIAN))
                .hasSize(parts)
                .allMatch(piece -> piece.content().length <= 4 << 20);
        List<Long> asked = keysToLookUp(random, intervals);
        for (int part = 1; part < parts && !hash.shape().isFolded(); part++) {
            long first =
                    Integer.toUnsignedLong(hash.firstOf(part)) << hash.shape().cellBits();
            asked.addAll(List.of(first, first - 1, first + 1));
            asked.add(intervals.floorKey(first));
            asked.add(intervals.ceilingKey(first));
        }
        expectIntervals(hash, intervals, number, needed, asked);
    }

    private static List<Long> keysToLookUp(Random random, TreeMap<Long, Long> intervals) {
        List<Long> asked = new ArrayList<>(List.of(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 31));
        List<Map.Entry<Long, Long>> all = List.copyOf(intervals.entrySet());
        int step = (all.size() + 999) / 1_000;
        for (int i = 0; i < all.size(); i += step) {
            Map.Entry<Long, Long> each = all.get(i);
            List.of(each.getKey(), each.getValue(), each.getKey() + (each.getValue() - each.getKey()) / 2)
                    .forEach(end -> asked.addAll(List.of(end, end + 1, end - 1, end ^ Long.MIN_VALUE)));
        }
        random.longs(5_000).forEach(asked::add);
        return asked;
    }

    private static void expectIntervals(
            IntervalHash hash, TreeMap<Long, Long> intervals, Reg number, boolean needed, List<Long> asked)
            throws CodeTooLargeException {
        Width word = hash.shape().bits() == Integer.SIZE ? Width.W : Width.DW;
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            TinyMachine machine =
                    new TinyMachine(code(hash, word, number, needed), order, CONTEXT_BYTES, List.of(hash));
            for (long each : asked) {
                long sought = word == Width.DW ? each : each & 0xffff_ffffL;
                if (word == Width.DW) {
                    machine.context().putLong(0, sought);
                } else {
                    machine.context().putInt(0, (int) sought);
                }
                Map.Entry<Long, Long> before = intervals.floorEntry(sought);
                boolean inside = before != null && Long.compareUnsigned(sought, before.getValue()) <= 0;
                assertThat(machine.run())
                        .as("%x in %s", sought, hash.shape())
                        .isEqualTo((inside ? 0 : 1) + (needed ? sought : 0));
            }
        }
    }

    private static IntervalShape.Intervals those(Width word, TreeMap<Long, Long> intervals) {
        return new IntervalShape.Intervals(
                word.bits(),
                intervals.keySet().stream().mapToLong(Long::longValue).toArray(),
                intervals.values().stream().mapToLong(Long::longValue).toArray());
    }

    private static IntervalHash hash(Width word, TreeMap<Long, Long> intervals, IntervalBuckets buckets) {
        IntervalShape.Intervals those = those(word, intervals);
        Optional<IntervalHash> hash = switch (buckets) {
            case SINGLE -> IntervalHash.single(those);
            case PAIRS -> IntervalShape.of(those).flatMap(shape -> IntervalHash.of(shape, those));
            case WIDE -> IntervalShape.wide(those).flatMap(shape -> IntervalHash.of(shape, those));
        };
        return hash.orElseThrow();
    }

    /**
     * Returns disjoint intervals of whole grains, which include the first or the last numbers. The
     * others begin at numbers with only the mask's bits.
     */
    private static TreeMap<Long, Long> intervals(
            Random random, Width word, int count, int grain, int length, boolean first, long mask) {
        TreeMap<Long, Long> intervals = new TreeMap<>(Long::compareUnsigned);
        long last = (-1L >>> Long.SIZE - word.bits()) >>> grain;
        intervals.put(first ? 0 : last, first ? 1 : last);
        while (intervals.size() < count) {
            long low = random.nextLong() & last & mask;
            long high = low + (random.nextLong() & (1L << length) - 1);
            boolean within = Long.compareUnsigned(high, last) <= 0 && Long.compareUnsigned(low, high) <= 0;
            Map.Entry<Long, Long> before = intervals.floorEntry(high + 1);
            if (within && high != last && (before == null || Long.compareUnsigned(before.getValue() + 1, low) < 0)) {
                intervals.put(low, high);
            }
        }
        TreeMap<Long, Long> numbers = new TreeMap<>(Long::compareUnsigned);
        intervals.forEach((low, high) -> numbers.put(low << grain, (high << grain) + (1L << grain) - 1));
        return numbers;
    }

    /**
     * A table cannot be built if a cell has more intervals than its buckets have slots, whatever
     * the factors.
     */
    @Test
    void aPairOfBucketsHoldsFourIntervalsOfACell() {
        long[] lows = {1 << 16, 65_556, 65_576, 65_596, 65_616};
        long[] highs = {65_545, 65_565, 65_585, 65_605, 65_625};
        assertThat(IntervalHash.of(shape(5, IntervalBuckets.PAIRS), new IntervalShape.Intervals(32, lows, highs)))
                .isEmpty();
        IntervalShape.Intervals four = new IntervalShape.Intervals(32, Arrays.copyOf(lows, 4), Arrays.copyOf(highs, 4));
        assertThat(IntervalHash.of(shape(4, IntervalBuckets.PAIRS), four)).isPresent();
        assertThat(IntervalHash.of(shape(5, IntervalBuckets.WIDE), new IntervalShape.Intervals(32, lows, highs)))
                .isPresent();
    }

    private static IntervalShape shape(int pieces, IntervalBuckets buckets) {
        return new IntervalShape(32, 16, 0, pieces, buckets, 50);
    }

    /**
     * Wide buckets are used if pairs have no room, because there are too many intervals or they are
     * too close together.
     */
    @Test
    void usesWideBucketsIfPairsHaveNoRoom() {
        Random random = new Random(1);
        TreeMap<Long, Long> few = intervals(random, Width.W, 20_000, 8, 4, false, -1);
        TreeMap<Long, Long> many = intervals(random, Width.W, 300_000, 4, 4, false, -1);
        TreeMap<Long, Long> close = new TreeMap<>();
        for (long i = 0; i < 600; i++) {
            close.put((i / 6 << 20) + 1_000_000 + i % 6 * 2, (i / 6 << 20) + 1_000_000 + i % 6 * 2);
        }
        assertThat(buckets(few)).contains(IntervalBuckets.PAIRS);
        assertThat(buckets(many)).contains(IntervalBuckets.WIDE);
        assertThat(buckets(close)).contains(IntervalBuckets.PAIRS);
        // Intervals of 16 numbers with gaps, built without a tree, which is slow for so many.
        long[] lows = random.longs(3_000_000, 0, 1L << 27)
                .sorted()
                .distinct()
                .map(low -> low << 5)
                .toArray();
        long[] highs = Arrays.stream(lows).map(low -> low + 15).toArray();
        assertThat(IntervalShape.of(new IntervalShape.Intervals(Integer.SIZE, lows, highs)))
                .isEmpty();
    }

    private static Optional<IntervalBuckets> buckets(TreeMap<Long, Long> intervals) {
        return IntervalShape.of(those(Width.W, intervals)).map(IntervalShape::buckets);
    }

    /**
     * Looks up members, their neighbours and random keys. The result is the class, or the key in
     * the slot.
     */
    @ParameterizedTest
    @CsvSource({
        "R1, 65, 2",
        "R7, 1000, 2",
        "R8, 3, 2",
        "R6, 1, 2",
        "R1, 100, 3",
        "R7, 5000, 64",
        "R6, 1, 4",
        "R6, 2008, 5"
    })
    void perfectHashReturnsTheClassOfEveryKey(Reg number, int count, int classes) throws CodeTooLargeException {
        Random random = new Random(31L * count + classes);
        SortedMap<Long, Integer> classOf = new TreeMap<>();
        for (long edge : List.of(0L, 0xffff_ffffL, 0x8000_0000L)) {
            if (classOf.size() < count) {
                classOf.put(edge, classes - 1);
            }
        }
        while (classOf.size() < count) {
            long drawn = Integer.toUnsignedLong(random.nextInt());
            classOf.put(drawn, 1 + random.nextInt(classes - 1));
            if (classOf.size() < count) {
                classOf.put(drawn ^ 1, 1 + random.nextInt(classes - 1));
            }
        }
        PerfectHash hash = PerfectHash.of(classOf);
        assertThat(hash.tellsClass()).isEqualTo(classes > 2);
        Set<Integer> asked = new TreeSet<>(List.of(0, -1, 1, -2, Integer.MIN_VALUE, Integer.MAX_VALUE));
        classOf.keySet()
                .forEach(member -> asked.addAll(
                        List.of(member.intValue(), (int) (member + 1), (int) (member - 1), (int) (member ^ 1L << 31))));
        random.ints(5_000).forEach(asked::add);
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            TinyMachine machine =
                    new TinyMachine(code(hash, Width.W, number, false), order, CONTEXT_BYTES, List.of(hash));
            for (int sought : asked) {
                machine.context().putInt(0, sought);
                long key = Integer.toUnsignedLong(sought);
                long found = machine.run();
                long of = hash.tellsClass() ? found : found == key ? 1 : 0;
                assertThat(of)
                        .as("%x of %d", sought, count)
                        .isEqualTo(classOf.getOrDefault(key, 0).longValue());
            }
        }
    }

    /**
     * Columns: the number of keys, their distance or 0 for random ones, and the table's bytes of
     * displacements and slots. 98 of 100 slots are used if possible, otherwise 80.
     */
    @ParameterizedTest
    @CsvSource({
        "210, 0, 2176",
        "500, 0, 2304",
        "1004, 0, 4608",
        "1005, 0, 8704",
        "1000, 65537, 8704",
        "4000, 0, 18432",
        "5000, 0, 36864"
    })
    void aPerfectHashOfThousandsOfKeysIsNearlyFull(int count, long distance, int bytes) {
        Random random = new Random(count);
        SortedMap<Long, Integer> classOf = new TreeMap<>();
        for (long next = 0; classOf.size() < count; next += distance) {
            classOf.put(distance == 0 ? Integer.toUnsignedLong(random.nextInt()) : next, 1);
        }
        assertThat(PerfectHash.of(classOf).content(ByteOrder.LITTLE_ENDIAN)).hasSize(bytes);
    }

    /** Looks up all 65,536 numbers. */
    @ParameterizedTest
    @CsvSource({"R1, true", "R1, false", "R5, false", "R8, false"})
    void bitmapReturnsTheBitOfEveryKey(Reg number, boolean needed) throws CodeTooLargeException {
        BitSet members = new BitSet();
        new Random(number.number()).ints(500, 1, 1 << Short.SIZE).forEach(members::set);
        members.set(8_000, 9_001);
        Bitmap bitmap = Bitmap.of(highs(members), Short.SIZE);
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Assembly code = code(bitmap, Width.H, number, needed);
            TinyMachine machine = new TinyMachine(code, order, CONTEXT_BYTES, List.of(bitmap));
            for (int sought = 0; sought < 1 << Short.SIZE; sought++) {
                machine.context().putShort(0, (short) sought);
                assertThat(machine.run())
                        .as("%d in %s", sought, order)
                        .isEqualTo((members.get(sought) ? 1 : 0) + (needed ? sought : 0));
            }
        }
    }

    /** Returns the last numbers of alternating intervals, of which the first has no member. */
    private static long[] highs(BitSet members) {
        return IntStream.concat(
                        IntStream.range(0, (1 << Short.SIZE) - 1)
                                .filter(number -> members.get(number) != members.get(number + 1)),
                        IntStream.of((1 << Short.SIZE) - 1))
                .asLongStream()
                .toArray();
    }

    private static long[] boundaries(Random random, int bytes) {
        long[] boundaries = new long[INTERVALS * 8 / bytes - 1];
        long last = 0;
        for (int i = 0; i < boundaries.length; i++) {
            last += 1 + (random.nextLong() >>> (bytes == 8 ? 20 : 52));
            boundaries[i] = last;
        }
        return boundaries;
    }

    /**
     * Returns code that looks up a key. If the key is needed afterwards, the code adds it to the
     * result.
     */
    private static Assembly code(LookupTable table, Width width, Reg number, boolean needed)
            throws CodeTooLargeException {
        Assembler assembler = new Assembler(Cpu.V3).load(width, number, Reg.R1, 0);
        table.accept(new Lookups(assembler, number, needed));
        if (needed) {
            assembler.alu(Insn.AluOp.ADD, Reg.R0, number);
        }
        return assembler.exit().layout();
    }
}
