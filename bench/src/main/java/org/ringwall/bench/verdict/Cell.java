package org.ringwall.bench.verdict;

import java.util.OptionalDouble;
import org.ringwall.bench.Summary;
import org.ringwall.bench.field.Workload;

/** What came of one contestant with one list of rules. */
public record Cell(Workload workload, int size, String contestant, Outcome outcome) {
    /** Figures, or why there are none. */
    public sealed interface Outcome {}

    /**
     * It decided.
     *
     * @param hit nanoseconds net of the floor with keys of the list, drawn anew for each call
     * @param miss the same with other keys
     * @param hot the same with the same few keys of the list again and again
     * @param costs what it took to come into force
     * @param verdicts how many were compared with the naive walk
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
        /** The greater of hit and miss. */
        public Summary worst() {
            return hit.median() > miss.median() ? hit : miss;
        }
    }

    /** It did not come into force: how far it came, and why no farther. */
    public record Failed(String stage, String why) implements Outcome {}

    /**
     * What it took to come into force.
     *
     * @param loadMs of BPF_PROG_LOAD
     * @param readyMs from the object in memory until it is attached
     * @param mapKib memory of its maps, by the kernel's account
     */
    public record Costs(double loadMs, double readyMs, double mapKib) {}
}
