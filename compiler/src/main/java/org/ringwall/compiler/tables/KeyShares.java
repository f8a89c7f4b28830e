// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.stream.IntStream;

/**
 * A partition of the 32-bit numbers into contiguous shares with about the same number of keys each.
 *
 * @param firsts the first number of each share but the first one, unsigned and ascending
 */
record KeyShares(int[] firsts) {
    /** The partition into one share. */
    static final KeyShares ONE = new KeyShares(new int[0]);

    /** Returns a partition of these numbers; equal numbers are in the same share. */
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

    /** Returns the number of shares. */
    int count() {
        return firsts.length + 1;
    }

    int of(int number) {
        int share = 0;
        while (share < firsts.length && Integer.compareUnsigned(number, firsts[share]) >= 0) {
            share++;
        }
        return share;
    }

    /** Returns the number of these numbers in the largest share. */
    int most(int[] numbers) {
        int[] counts = new int[count()];
        IntStream.of(numbers).forEach(number -> counts[of(number)]++);
        return IntStream.of(counts).max().orElse(0);
    }
}
