// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Range;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.tables.CuckooHash;
import org.ringwall.compiler.tables.DirectHash;
import org.ringwall.compiler.tables.IntervalHash;
import org.ringwall.compiler.tables.IntervalShape;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.PerfectHash;
import org.ringwall.compiler.tables.SearchShape;
import org.ringwall.compiler.tables.SearchTree;

/**
 * The rows for the compiler's forms of a switch, in code of its own generator: first each constant
 * of the cost model, then whole forms compared with their predicted cost.
 *
 * <p>The cost of a lookup without memory latency is that of further lookups of the same value. The
 * latency of a load, or of the level above, is derived from searches of different depth. The cost
 * of a memory access is derived from single loads.
 */
final class FormRows {
    private static final String ADDRESS = "address read";
    private static final String PORT = "port read";
    private static final int TIMES = 8;
    private static final int RANGES = 16;
    private static final int UNUSED = 512;
    private static final int PORT_BITS = 16;
    private static final int NETWORK_BITS = 8;
    private static final int DIRECT = 32;
    private static final int FEW = 1_000;
    private static final int MANY = 10_000;

    /** The numbers of children of a node. */
    private static final int NARROW = 4;

    private static final int WIDE = 9;

    private static final long NUMBERS = 1L << Integer.SIZE;
    private static final long SEED = 0x72696e67;

    private final PriceList list;

    private FormRows(PriceList list) {
        this.list = list;
    }

    /** Adds the rows, after those of the memory accesses. */
    static void addTo(PriceList list) {
        FormRows forms = new FormRows(list);
        list.add(ADDRESS, FormProgram.ofAddress().end());
        list.add(PORT, FormProgram.ofPort().end());
        forms.instructions();
        forms.looks();
        forms.levels();
        forms.whole();
    }

    private void row(
            String primitive,
            PlainProgram program,
            String base,
            int parts,
            Map<String, Integer> less,
            Constant constant) {
        list.add(primitive, program);
        list.add(Price.of(primitive, primitive, base, parts)
                .onRandomKeys()
                .less(less)
                .as(constant));
    }

    /** Adds the rows of instructions without memory accesses and unpredictable branches. */
    private void instructions() {
        List<Range> ranges = IntStream.range(0, RANGES)
                .mapToObj(i -> new Range((2L * i + 1) * (NUMBERS / RANGES / 2), NUMBERS / RANGES / 2 - 7))
                .toList();
        FormProgram inRanges = FormProgram.ofAddress();
        Value address = inRanges.last();
        row(
                "instruction that waits for none before it",
                inRanges.then(new NumberOp.InRanges(ranges), address).end(),
                ADDRESS,
                RANGES * Costs.RANGE_INSTRUCTIONS,
                Map.of(),
                new Constant("Costs.STRAIGHT_NS", Costs.STRAIGHT_NS));
        FormProgram low = FormProgram.ofPort();
        Value port = low.last();
        low.then(NumberOp.Alu.and(Long.SIZE - 1), port);
        Value index = low.last();
        list.add("six bits of a port", low.end());
        low.then(TIMES, before -> new NumberOp.BitOf(SEED << before | 1), index);
        row(
                "bit of a constant",
                low.end(),
                "six bits of a port",
                TIMES,
                Map.of(),
                new Constant("Costs.MASK_NS", Costs.MASK_NS));
        FormProgram product = FormProgram.ofPort();
        Value factor = product.last();
        List<Long> points = List.of(25L, 587L, 8080L);
        product.then(TIMES, before -> new NumberOp.Product(points, false), factor);
        row(
                "factor of a product",
                product.end(),
                PORT,
                TIMES * points.size(),
                Map.of(),
                new Constant("Costs.PRODUCT_NS", Costs.PRODUCT_NS));
        list.add("an instruction that does not run", unused(1));
        row(
                "instruction that does not run",
                unused(1 + UNUSED),
                "an instruction that does not run",
                UNUSED,
                Map.of(),
                new Constant("Costs.NS_PER_INSTRUCTION", Costs.NS_PER_INSTRUCTION));
    }

    /**
     * Returns a program with instructions after a jump that is always taken, which the verifier
     * cannot predict.
     */
    private static PlainProgram unused(int instructions) {
        return PlainProgram.listing(
                Hook.CONNECT4,
                "r2 = *(u32 *)(r1 +4)\nif r2 != 0x0 goto pc+" + instructions + "\n" + "r2 += 1\n".repeat(instructions)
                        + PriceList.PASS);
    }

    private void looks() {
        looks("bit of a bitmap", PORT, bitmap(), new Constant("Costs.BIT_NS", Costs.BIT_NS));
        looks("look in a direct hash", ADDRESS, direct(), new Constant("Costs.DIRECT_NS", Costs.DIRECT_NS));
        looks("look in a perfect hash", ADDRESS, perfect(FEW), new Constant("Costs.HASH_NS", Costs.HASH_NS));
        looks("look in a cuckoo hash", ADDRESS, cuckoo(FEW), new Constant("Costs.CUCKOO_NS", Costs.CUCKOO_NS));
        looks(
                "look in a direct hash of intervals",
                ADDRESS,
                singleIntervals(),
                new Constant("Costs.INTERVAL_NS", Costs.INTERVAL_NS));
        looks(
                "look in a hash of intervals",
                ADDRESS,
                intervals(FEW),
                new Constant("Costs.INTERVALS_NS", Costs.INTERVALS_NS));
        looks(
                "look in a wide hash of intervals",
                ADDRESS,
                wideIntervals(),
                new Constant("Costs.WIDE_NS", Costs.WIDE_NS));
    }

    private void looks(String primitive, String number, LookupTable table, Constant constant) {
        looks(primitive, number, table, Map.of(), constant);
    }

    private void looks(
            String primitive, String number, LookupTable table, Map<String, Integer> less, Constant constant) {
        String once = primitive + ", once";
        list.add(once, looking(number, 1, table).end());
        row(primitive, looking(number, 1 + TIMES, table).end(), once, TIMES, less, constant);
    }

    private static FormProgram looking(String number, int times, LookupTable table) {
        FormProgram program = number.equals(PORT) ? FormProgram.ofPort() : FormProgram.ofAddress();
        Value sought = program.last();
        return program.then(times, before -> new NumberOp.LookUp(table), sought);
    }

    /**
     * Adds the rows of a search tree: further lookups in a tree of one level, and a search of five
     * levels compared with one of two.
     */
    private void levels() {
        int inner = (NARROW - 1) * Costs.KEY_INSTRUCTIONS;
        int last = (NARROW - 1) * Costs.PARITY_INSTRUCTIONS;
        looks(
                "search besides its levels",
                ADDRESS,
                tree(List.of(NARROW)),
                Map.of("Costs.STRAIGHT_NS", TIMES * last),
                new Constant("Costs.LOOKUP_NS", Costs.LOOKUP_NS));
        list.add(
                "search of two levels",
                looking(ADDRESS, 1, tree(List.of(NARROW, NARROW))).end());
        row(
                "level of a search tree",
                looking(ADDRESS, 1, tree(List.of(NARROW, NARROW, NARROW, NARROW, NARROW)))
                        .end(),
                "search of two levels",
                3,
                Map.of("Costs.STRAIGHT_NS", 3 * inner, access(256), 1, access(1 << 10), 1, access(4 << 10), 1),
                new Constant("Costs.LEVEL_NS", Costs.LEVEL_NS));
        list.add(
                "searches of numbers of 32 bits",
                looking(ADDRESS, TIMES, tree(List.of(WIDE))).end());
        FormProgram rest = FormProgram.ofAddress();
        Value address = rest.last();
        SearchTree wide = tree(new SearchShape(WIDE, Long.BYTES, List.of(WIDE)));
        for (int i = 0; i < TIMES; i++) {
            rest.then(NumberOp.Alu.shl(1), address);
            Value left = rest.last();
            rest.then(NumberOp.Alu.shr(1), left);
            Value number = rest.last();
            rest.then(new NumberOp.LookUp(wide), number);
        }
        row(
                "number without its top bit",
                rest.end(),
                "searches of numbers of 32 bits",
                TIMES,
                Map.of(),
                new Constant("Costs.REST_NS", Costs.REST_NS));
    }

    private static String access(int bytes) {
        return Constant.access(bytes).name();
    }

    /** Adds the rows of whole forms, whose measured cost should equal the predicted one. */
    private void whole() {
        form("bitmap of 65,536 bits", PORT, bitmap(), Bitmap.cost(PORT_BITS));
        form("direct hash of 32 numbers", ADDRESS, direct(), DirectHash.cost());
        form("perfect hash of 1,000 numbers", ADDRESS, perfect(FEW), PerfectHash.cost(FEW, 2));
        form("cuckoo hash of 1,000 numbers", ADDRESS, cuckoo(FEW), CuckooHash.cost(FEW));
        form("cuckoo hash of 10,000 numbers", ADDRESS, cuckoo(MANY), CuckooHash.cost(MANY));
        form(
                "direct hash of 32 intervals",
                ADDRESS,
                singleIntervals(),
                singleIntervals().shape().cost());
        for (int count : List.of(FEW, MANY)) {
            IntervalHash hash = intervals(count);
            form(
                    "hash of %,d intervals".formatted(count),
                    ADDRESS,
                    hash,
                    hash.shape().cost());
        }
        for (int intervals : List.of(2 * FEW, 2 * MANY)) {
            SearchShape shape = SearchShape.cheapest(intervals, Integer.BYTES, 0);
            form(shape.text(), ADDRESS, tree(shape), shape.cost(0));
        }
    }

    private void form(String text, String number, LookupTable table, Cost predicted) {
        FormProgram program = looking(number, 1, table);
        boolean held = table.resultBits() == Integer.SIZE;
        row(
                text,
                held ? program.endComparing() : program.end(),
                number,
                1,
                Map.of(),
                new Constant("the form's cost", predicted.nanoseconds()));
    }

    private static SearchTree tree(List<Integer> children) {
        int intervals = children.stream().reduce(1, Math::multiplyExact);
        return tree(new SearchShape(intervals, Integer.BYTES, children));
    }

    /** Returns a tree of intervals of equal size with alternating results. */
    private static SearchTree tree(SearchShape shape) {
        int intervals = Math.toIntExact(shape.intervals());
        long[] boundaries = LongStream.range(1, intervals)
                .map(i -> i * (NUMBERS / intervals))
                .toArray();
        return SearchTree.of(
                shape, boundaries, IntStream.range(0, intervals).map(i -> i & 1).toArray());
    }

    /** Returns a bitmap of every other port. */
    private static Bitmap bitmap() {
        return Bitmap.of(LongStream.range(0, 1L << PORT_BITS).toArray(), PORT_BITS);
    }

    private static DirectHash direct() {
        return DirectHash.of(IntStream.of(numbers(DIRECT))
                        .mapToObj(Integer::toUnsignedLong)
                        .toList())
                .orElseThrow();
    }

    private static PerfectHash perfect(int numbers) {
        SortedMap<Long, Integer> classOf = new TreeMap<>();
        IntStream.of(numbers(numbers)).forEach(number -> classOf.put(Integer.toUnsignedLong(number), 1));
        return PerfectHash.of(classOf);
    }

    private static CuckooHash cuckoo(int numbers) {
        return CuckooHash.of(numbers(numbers)).orElseThrow();
    }

    private static IntervalHash singleIntervals() {
        return IntervalHash.single(networks(DIRECT)).orElseThrow();
    }

    private static IntervalHash intervals(int count) {
        IntervalShape.Intervals networks = networks(count);
        return IntervalShape.of(networks)
                .flatMap(shape -> IntervalHash.of(shape, networks))
                .orElseThrow();
    }

    private static IntervalHash wideIntervals() {
        IntervalShape.Intervals networks = networks(FEW);
        return IntervalShape.wide(networks)
                .flatMap(shape -> IntervalHash.of(shape, networks))
                .orElseThrow();
    }

    /** Returns distinct /24 networks, no two of them adjacent. */
    private static IntervalShape.Intervals networks(int count) {
        long[] lows = new SplittableRandom(SEED)
                .longs(0, NUMBERS >>> NETWORK_BITS + 1)
                .distinct()
                .limit(count)
                .map(network -> network << NETWORK_BITS + 1)
                .sorted()
                .toArray();
        long[] highs =
                LongStream.of(lows).map(low -> low + (1 << NETWORK_BITS) - 1).toArray();
        return new IntervalShape.Intervals(Integer.SIZE, lows, highs);
    }

    /** Returns distinct random 32-bit numbers. */
    private static int[] numbers(int count) {
        return new SplittableRandom(SEED).ints().distinct().limit(count).toArray();
    }
}
