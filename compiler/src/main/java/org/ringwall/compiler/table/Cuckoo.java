package org.ringwall.compiler.table;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Where numbers of 32 bits lie in a table of buckets: each in a slot of one of the two buckets that two products name, a product's share of
 * 2^32 being the bucket's of all (cuckoo hashing), or of the one bucket that one product names. Each share of the numbers has as many
 * buckets of its own.
 */
public final class Cuckoo {
    /** In place of a number's index, where a slot has none. */
    static final int FREE = -1;

    private static final int WORD = 32;

    /** How often one is put out of its bucket until other factors are tried. */
    private static final int MOST_MOVES = 2_000;

    private final int[] numbers;
    private final KeyShares shares;
    private final int buckets;
    private final int slotsOfBucket;
    private final int products;
    private final int firstFactor;
    private final int secondFactor;
    private final int[] slots;

    private Cuckoo(int[] numbers, KeyShares shares, int buckets, int slotsOfBucket, int products, int attempt) {
        this.numbers = numbers;
        this.shares = shares;
        this.buckets = buckets;
        this.slotsOfBucket = slotsOfBucket;
        this.products = products;
        this.firstFactor = 0x9e37_79b1 + attempt * 0x3c6e_f372 | 1;
        this.secondFactor = 0x85eb_ca77 + attempt * 0x27d4_eb2f | 1;
        this.slots = new int[shares.count() * buckets * slotsOfBucket];
        Arrays.fill(slots, FREE);
    }

    /**
     * Places for all of them by the first factors that give each one.
     *
     * @param products one or two
     * @param attempts how many factors are tried
     */
    static Optional<Cuckoo> of(int[] numbers, int buckets, int slotsOfBucket, int products, int attempts) {
        return of(numbers, KeyShares.ONE, buckets, slotsOfBucket, products, attempts);
    }

    /** The same with so many buckets for each of these shares. */
    static Optional<Cuckoo> of(
            int[] numbers, KeyShares shares, int buckets, int slotsOfBucket, int products, int attempts) {
        return IntStream.range(0, attempts)
                .mapToObj(attempt -> new Cuckoo(numbers, shares, buckets, slotsOfBucket, products, attempt))
                .filter(Cuckoo::place)
                .findFirst();
    }

    private int bucket(int number, int factor) {
        return shares.of(number) * buckets + (int) (Integer.toUnsignedLong(number * factor) * buckets >>> WORD);
    }

    private boolean place() {
        SplittableRandom random = new SplittableRandom(numbers.length);
        return IntStream.range(0, numbers.length).allMatch(index -> place(index, random));
    }

    /** It goes into a free slot of its buckets, or takes the place of another, which goes to its other bucket. */
    private boolean place(int index, SplittableRandom random) {
        int moving = index;
        int to = bucket(numbers[moving], firstFactor);
        for (int move = 0; move < MOST_MOVES; move++) {
            int other = other(moving, to);
            int free = free(to) >= 0 ? free(to) : free(other);
            if (free >= 0) {
                slots[free] = moving;
                return true;
            }
            if (products == 1) {
                return false;
            }
            int slot = to * slotsOfBucket + random.nextInt(slotsOfBucket);
            int out = slots[slot];
            slots[slot] = moving;
            moving = out;
            to = other(moving, to);
        }
        return false;
    }

    /** The bucket of its two that is not this one. */
    private int other(int index, int bucket) {
        int first = bucket(numbers[index], firstFactor);
        return products == 1 || first != bucket ? first : bucket(numbers[index], secondFactor);
    }

    private int free(int bucket) {
        for (int slot = bucket * slotsOfBucket; slot < (bucket + 1) * slotsOfBucket; slot++) {
            if (slots[slot] == FREE) {
                return slot;
            }
        }
        return FREE;
    }

    /** How many buckets there are, of each share. */
    public int buckets() {
        return buckets;
    }

    /** Which buckets are a number's. */
    KeyShares shares() {
        return shares;
    }

    /** What a number is multiplied by, in 32 bits, for one of its buckets. */
    public int firstFactor() {
        return firstFactor;
    }

    /** The same for the other one, if there is one. */
    public int secondFactor() {
        return secondFactor;
    }

    /** Of each slot the index of the number in it; {@link #FREE} for none. */
    IntStream slots() {
        return IntStream.of(slots);
    }
}
