// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.OptionalDouble;
import org.ringwall.bench.Summary;
import org.ringwall.bench.field.Workload;

/** The result of one contestant with one list of rules. */
public record Cell(Workload workload, int size, String contestant, Outcome outcome) {
    /** The figures, or the reason why there are none. */
    public sealed interface Outcome {}

    /**
     * The figures of a contestant.
     *
     * @param hit nanoseconds above the baseline with keys of the list, chosen at random for each
     * call
     * @param miss nanoseconds above the baseline with other keys
     * @param hot nanoseconds above the baseline with the same few keys of the list repeatedly
     * @param costs the cost of coming into force
     * @param verdicts how many verdicts were compared with a linear evaluation of the rules
     * @param wrong how many of them differed
     */
    public record Measured(
            Summary hit,
            Summary miss,
            Summary hot,
            ProgramStats program,
            Costs costs,
            OptionalDouble compileMs,
            int verdicts,
            int wrong)
            implements Outcome {
        /** Returns the greater of hit and miss, by median. */
        public Summary worst() {
            return hit.median() > miss.median() ? hit : miss;
        }
    }

    /** The contestant did not come into force, with the stage that failed and the reason. */
    public record Failed(String stage, String why) implements Outcome {}

    /**
     * The cost of coming into force.
     *
     * @param loadMs milliseconds of BPF_PROG_LOAD
     * @param readyMs milliseconds from the object in memory until it is attached
     * @param mapKib memory of its maps in KiB, as reported by the kernel
     */
    public record Costs(double loadMs, double readyMs, double mapKib) {}
}
