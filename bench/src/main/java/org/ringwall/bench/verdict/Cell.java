// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;

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

    /** Returns the figures for reports. `ns` is the greater of hits and misses. */
    public List<Figure> figures() {
        if (outcome instanceof Failed failed) {
            return List.of(new Figure(
                    workload.title(), size, contestant, "ns", Optional.empty(), failed.stage() + ": " + failed.why()));
        }
        Measured found = (Measured) outcome;
        List<Figure> figures = new ArrayList<>(List.of(
                figure("ns", found.worst()),
                figure("hit ns", found.hit()),
                figure("miss ns", found.miss()),
                figure("hot ns", found.hot()),
                figure("insns", Summary.same(found.program().xlated(), 1)),
                figure("processed", Summary.same(found.program().processed(), 1)),
                figure("jit bytes", Summary.same(found.program().jited(), 1)),
                figure("load ms", Summary.same(found.costs().loadMs(), 1)),
                figure("map KiB", Summary.same(found.costs().mapKib(), 1)),
                figure("ready ms", Summary.same(found.costs().readyMs(), 1)),
                figure("wrong", Summary.same(found.wrong(), found.verdicts()))));
        found.compileMs().ifPresent(ms -> figures.add(figure("compile ms", Summary.same(ms, 1))));
        return figures;
    }

    private Figure figure(String unit, Summary value) {
        return new Figure(workload.title(), size, contestant, unit, value);
    }
}
