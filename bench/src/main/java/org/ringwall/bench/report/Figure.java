// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.Optional;

/**
 * One figure of one contestant: a row of `results.csv`. In all units, less is better.
 *
 * @param workload the name of the benchmark and, after a space, the case or hook
 * @param size the number of rules, keys, entries or processors; 0 if it does not vary
 * @param unit the quantity and its unit, such as `ns`, `insns` or `load ms`
 * @param value the measurements; empty if there are none, for the reason in `note`
 * @param note why there is no value, or what is wrong; usually empty
 */
public record Figure(String workload, int size, String contestant, String unit, Optional<Summary> value, String note) {
    /** The prefix of the names of all contestants that a compiler of this project builds. */
    private static final String OURS = "ringwall";

    /** Creates a figure that was measured. */
    public Figure(String workload, int size, String contestant, String unit, Summary value) {
        this(workload, size, contestant, unit, Optional.of(value), "");
    }

    /** Creates a figure that was read once, such as a length. */
    public Figure(String workload, int size, String contestant, String unit, double value) {
        this(workload, size, contestant, unit, Summary.same(value, 1));
    }

    /** Returns whether a compiler of this project builds the contestant. */
    public boolean ours() {
        return contestant.startsWith(OURS);
    }

    /** Returns the workload and its size for people. */
    String subject() {
        return size == 0 ? workload : workload + " " + size;
    }
}
