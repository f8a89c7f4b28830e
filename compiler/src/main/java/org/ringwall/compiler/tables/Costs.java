// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

/**
 * The prices by which forms are chosen: net nanoseconds on random keys, measured on x86-64 (Zen 4,
 * a guest with nested paging) with `bench/`. Their ratios matter, which are similar on other
 * machines.
 */
public final class Costs {
    /** A comparison in a tree, whose branch is mispredicted half the time. */
    public static final double COMPARE_NS = 2.3;

    /** A comparison whose outcome is nearly always the same. */
    public static final double STEADY_NS = 0.3;

    /** Two shifts that remove the top bit of a number, and the 8-byte keys that follow. */
    public static final double REST_NS = 1.0;

    /** The bytes of machine code of a comparison; code has to be fetched like data. */
    public static final int COMPARE_BYTES = 9;

    /** The address of a table, and the class at the position found. */
    static final int LOOKUP_INSTRUCTIONS = 5;

    public static final double LOOKUP_NS = 1.0;

    /** The address of a table, and the number as index. */
    static final int INDEX_INSTRUCTIONS = 6;

    /** From a position to the node of the next level. */
    static final int LEVEL_INSTRUCTIONS = 4;

    public static final double LEVEL_NS = 2.0;

    /** One boundary in a node: load, subtract, shift, add. The loads of a node overlap. */
    public static final int KEY_INSTRUCTIONS = 4;

    /** One boundary where only the parity of the position matters: load, subtract, exclusive or. */
    public static final int PARITY_INSTRUCTIONS = 3;

    /** An instruction among many independent ones. */
    public static final double STRAIGHT_NS = 0.06;

    /** A range of numbers: copy, subtract twice, exclusive or. */
    public static final int RANGE_INSTRUCTIONS = 4;

    /** The join of two numbers: shift, or. */
    public static final int JOIN_INSTRUCTIONS = 2;

    /**
     * One of several parts of a level: its address, and the test of whether it contains the node.
     */
    static final int PART_INSTRUCTIONS = 5;

    /** A bit of a bitmap in memory. */
    static final int BIT_INSTRUCTIONS = 10;

    public static final double BIT_NS = 1.5;

    /** A bit of a constant. */
    public static final double MASK_NS = 0.5;

    /** A factor of a product. */
    public static final double PRODUCT_NS = 0.4;

    /** Two products and two loads; with several classes, also a comparison. */
    static final int HASH_INSTRUCTIONS = 17;

    static final int HASH_CLASS_INSTRUCTIONS = 7;

    public static final double HASH_NS = 1.0;

    /** Two buckets with two products, and four independent loads. */
    static final int CUCKOO_INSTRUCTIONS = 30;

    public static final double CUCKOO_NS = 2.0;

    /**
     * The cell, its product, the slot and the result bit; for two buckets, two products and the
     * combination of four results.
     */
    static final int SLOT_INSTRUCTIONS = 9;

    static final int BUCKETS_INSTRUCTIONS = 20;

    /** The same for two buckets of four slots. */
    static final int WIDE_INSTRUCTIONS = 24;

    /**
     * One of several tables: its address, and the comparison with the first number of the next one.
     */
    static final int SHARE_INSTRUCTIONS = 3;

    /** The reduction of a cell of more than 32 bits to 32: copy, shift, exclusive or. */
    static final int FOLD_INSTRUCTIONS = 3;

    /** One interval of two words: two loads, and two subtractions. */
    static final int INTERVAL_INSTRUCTIONS = 5;

    /** One interval of one word. */
    static final int GRAINS_INSTRUCTIONS = 7;

    /** One interval that one product finds. */
    public static final double INTERVAL_NS = 1.0;

    /** Four intervals that two products find. */
    public static final double INTERVALS_NS = 3.0;

    /** Eight intervals that two products find. */
    public static final double WIDE_NS = 3.6;

    /** One product and a load. */
    static final int DIRECT_INSTRUCTIONS = 8;

    public static final double DIRECT_NS = 0.6;

    /** A hash of prefixes: the address of the table, the ruler, and the result. */
    static final int STRING_INSTRUCTIONS = 10;

    /** From one record to the next. */
    static final int STRING_STEP_INSTRUCTIONS = 4;

    public static final double STRING_STEP_NS = 2.0;

    /** A mispredicted jump, on which the whole search depends. */
    public static final double STRING_OVERFLOW_NS = 15;

    /** A hashed word: factor, word, product and sum. */
    static final int STRING_WORD_INSTRUCTIONS = 4;

    /** A word that is compared in whole, and in part. */
    static final int STRING_WHOLE_INSTRUCTIONS = 4;

    static final int STRING_PART_INSTRUCTIONS = 6;

    /**
     * The price of one more instruction: each one is fetched, verified, and kept in memory by every
     * program.
     */
    public static final double NS_PER_INSTRUCTION = 0.01;

    private static final long[] SIZES = {4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, Long.MAX_VALUE};
    private static final double[] ACCESS_NS = {1.5, 2, 12, 40, 90, 125, 165};

    private Costs() {}

    /**
     * Returns the cost of a random access to a table of this size: cache misses and, above all, TLB
     * misses.
     */
    public static double access(long bytes) {
        if (bytes == 0) {
            return 0;
        }
        for (int i = 0; i < SIZES.length; i++) {
            if (bytes <= SIZES[i]) {
                return ACCESS_NS[i];
            }
        }
        throw new IllegalStateException("a table of " + bytes + " bytes");
    }
}
