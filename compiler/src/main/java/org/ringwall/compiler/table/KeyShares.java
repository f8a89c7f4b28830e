package org.ringwall.compiler.table;

import java.util.stream.IntStream;

/**
 * Numbers of 32 bits divided into shares of neighbours, each with about as many of the numbers that count.
 *
 * @param firsts the first number of each share but the first one, unsigned and ascending
 */
record KeyShares(int[] firsts) {
    /** All numbers. */
    static final KeyShares ONE = new KeyShares(new int[0]);

    /** So many shares; equal numbers are in the same one. */
    static KeyShares of(int[] numbers, int shares) {
        int[] sorted = IntStream.of(numbers)
                .map(number -> number ^ Integer.MIN_VALUE)
                .sorted()
                .map(number -> number ^ Integer.MIN_VALUE)
                .toArray();
        return new KeyShares(IntStream.range(1, shares)
                .map(share -> sorted[(int) ((long) share * sorted.length / shares)])
                .toArray());
    }

    /** How many there are. */
    int count() {
        return firsts.length + 1;
    }

    /** Which one a number is in. */
    int of(int number) {
        int share = 0;
        while (share < firsts.length && Integer.compareUnsigned(number, firsts[share]) >= 0) {
            share++;
        }
        return share;
    }

    /** How many of these numbers the fullest one has. */
    int most(int[] numbers) {
        int[] counts = new int[count()];
        IntStream.of(numbers).forEach(number -> counts[of(number)]++);
        return IntStream.of(counts).max().orElse(0);
    }
}
