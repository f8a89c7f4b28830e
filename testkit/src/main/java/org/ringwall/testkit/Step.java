// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The share of a long list of cases that runs: all of them, or every Nth with `-Dringwall.step=N`.
 * Guests run a share because their processor is emulated; the host runs all.
 */
public final class Step {
    /** N, at least 1. */
    public static final int SIZE = Math.max(1, Integer.getInteger("ringwall.step", 1));

    private Step() {}

    /** Returns every Nth element of a list, in order. */
    public static <T> Stream<T> through(List<T> cases) {
        return IntStream.range(0, cases.size()).filter(i -> i % SIZE == 0).mapToObj(cases::get);
    }
}
