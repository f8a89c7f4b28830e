// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The placement of 32-bit numbers in buckets. A number is in a slot of one of the two buckets that
 * two products select (cuckoo hashing), or of the only bucket that one product selects. The bucket
 * index is the 32-bit product times the number of buckets, divided by 2^32. Each share of the
 * numbers has the same number of buckets of its own.
 */
public final class Cuckoo {
    /** The index in a slot that is free. */
    static final int FREE = -1;

    private static final int WORD = 32;

    /** The maximum number of evictions before other factors are tried. */
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
     * Returns a placement with the first factors that place every number; empty if there are none.
     *
     * @param products one or two
     * @param attempts the number of factors to try
     */
    static Optional<Cuckoo> of(int[] numbers, int buckets, int slotsOfBucket, int products, int attempts) {
        return of(numbers, KeyShares.ONE, buckets, slotsOfBucket, products, attempts);
    }

    /** Returns a placement with this many buckets for each of the shares. */
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

    /**
     * Places a number in a free slot of its buckets, or evicts another number, which moves to its
     * other bucket.
     */
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

    /** Returns the other one of the number's two buckets. */
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

    /** Returns the number of buckets in each share. */
    public int buckets() {
        return buckets;
    }

    KeyShares shares() {
        return shares;
    }

    /** Returns the 32-bit factor for the first bucket. */
    public int firstFactor() {
        return firstFactor;
    }

    /** Returns the 32-bit factor for the second bucket, if there is one. */
    public int secondFactor() {
        return secondFactor;
    }

    /** Returns for each slot the index of its number, or {@link #FREE}. */
    IntStream slots() {
        return IntStream.of(slots);
    }
}
