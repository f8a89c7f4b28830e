package org.ringwall.testkit;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How much of a long list of cases runs: all of it, or with `-Dringwall.step=N` each Nth. Guests take some, since their
 * processor is emulated; the host takes all.
 */
public final class Step {
    /** N, 1 or more. */
    public static final int SIZE = Math.max(1, Integer.getInteger("ringwall.step", 1));

    private Step() {}

    /** Each Nth of a list, in its order. */
    public static <T> Stream<T> through(List<T> cases) {
        return IntStream.range(0, cases.size()).filter(i -> i % SIZE == 0).mapToObj(cases::get);
    }
}
