package org.ringwall.compiler.table;

/**
 * The prices by which a form is chosen, all in one place: net nanoseconds on random keys, measured on x86-64 (Zen 4, a
 * guest with nested paging) with `bench/`. Ratios count, not the figures: what is cheap there is cheap elsewhere.
 */
public final class Costs {
    /** A comparison of a tree whose outcome the processor guesses wrong half the time. */
    public static final double COMPARE_NS = 2.3;

    /** A comparison whose outcome is nearly always the same. */
    public static final double STEADY_NS = 0.3;

    /** Two shifts that cut the top bit off a number, and keys of twice the size behind them. */
    public static final double REST_NS = 1.0;

    /** Bytes of machine code for a comparison; code is fetched as data is. */
    public static final int COMPARE_BYTES = 9;

    /** The address of a table, and the class out of the place found. */
    static final int LOOKUP_INSTRUCTIONS = 5;

    public static final double LOOKUP_NS = 1.0;

    /** The address of a table, and the number as the place in it. */
    static final int INDEX_INSTRUCTIONS = 6;

    /** From a place to the node of the next level. */
    static final int LEVEL_INSTRUCTIONS = 4;

    public static final double LEVEL_NS = 2.0;

    /** One boundary in a node: load, subtract, shift, add; the loads of a node overlap. */
    public static final int KEY_INSTRUCTIONS = 4;

    /** One boundary where all that counts is whether an even number of them is less: load, subtract, exclusive or. */
    public static final int PARITY_INSTRUCTIONS = 3;

    /** An instruction among many that do not wait for each other. */
    public static final double STRAIGHT_NS = 0.06;

    /** A range of numbers: copy, subtract twice, exclusive or. */
    public static final int RANGE_INSTRUCTIONS = 4;

    /** Two numbers made one: shift, or. */
    public static final int JOIN_INSTRUCTIONS = 2;

    /** One of several tables of a level: its address, and whether the node is in it. */
    static final int PART_INSTRUCTIONS = 5;

    /** A bit of a bitmap in memory. */
    static final int BIT_INSTRUCTIONS = 10;

    public static final double BIT_NS = 1.5;

    /** A bit of a constant. */
    public static final double MASK_NS = 0.5;

    /** A factor of a product. */
    public static final double PRODUCT_NS = 0.4;

    /** Two products and two loads; with classes, a comparison too. */
    static final int HASH_INSTRUCTIONS = 17;

    static final int HASH_CLASS_INSTRUCTIONS = 7;

    public static final double HASH_NS = 1.0;

    /** Two times two products, and four loads that do not wait for each other. */
    static final int CUCKOO_INSTRUCTIONS = 30;

    public static final double CUCKOO_NS = 2.0;

    /** The cell, its product, the slot and the bit of the answer; of two buckets, two products, and what puts four answers together. */
    static final int SLOT_INSTRUCTIONS = 9;

    static final int BUCKETS_INSTRUCTIONS = 20;

    /** The same of two buckets of four slots. */
    static final int WIDE_INSTRUCTIONS = 24;

    /** One of several tables that a number may be in: its address, and whether the number is below the next one's. */
    static final int SHARE_INSTRUCTIONS = 3;

    /** A cell of more than 32 bits is made one of 32: copy, shift, exclusive or. */
    static final int FOLD_INSTRUCTIONS = 3;

    /** One interval of two words: both are fetched, and subtracted from each other and the number. */
    static final int INTERVAL_INSTRUCTIONS = 5;

    /** One of one word. */
    static final int GRAINS_INSTRUCTIONS = 7;

    /** One interval that one product finds. */
    public static final double INTERVAL_NS = 1.0;

    /** Four that two products find. */
    public static final double INTERVALS_NS = 3.0;

    /** Eight that two products find. */
    public static final double WIDE_NS = 3.6;

    /** One product and a load. */
    static final int DIRECT_INSTRUCTIONS = 8;

    public static final double DIRECT_NS = 0.6;

    /** Beginnings of strings: the address of the table, the ruler, and the answer. */
    static final int STRING_INSTRUCTIONS = 10;

    /** From a record to the next. */
    static final int STRING_STEP_INSTRUCTIONS = 4;

    public static final double STRING_STEP_NS = 2.0;

    /** A jump that is taken unforeseen: what waits behind it is the whole search. */
    public static final double STRING_SELDOM_NS = 15;

    /** A word that is hashed: factor, word, product and sum. */
    static final int STRING_WORD_INSTRUCTIONS = 4;

    /** A word that is compared whole, and in part. */
    static final int STRING_WHOLE_INSTRUCTIONS = 4;

    static final int STRING_PART_INSTRUCTIONS = 6;

    /** What an instruction more is worth: it is fetched, verified, and kept in memory by every program. */
    public static final double NS_PER_INSTRUCTION = 0.01;

    private static final long[] SIZES = {4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, Long.MAX_VALUE};
    private static final double[] ACCESS_NS = {1.5, 2, 12, 40, 90, 125, 165};

    private Costs() {}

    /** One access at a random place of so many bytes: the caches and, above all, the TLB. */
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
