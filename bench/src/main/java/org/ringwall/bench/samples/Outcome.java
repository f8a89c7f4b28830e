// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.samples;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.bpf.kernel.Hook;

/**
 * The result of one sample.
 *
 * @param verdicts the number of calls compared, over all contestants in C
 * @param differing descriptions of the calls with another result than under Ringwall
 */
public record Outcome(String sample, List<Program> programs, int verdicts, List<String> differing) {
    public Outcome {
        programs = List.copyOf(programs);
        differing = List.copyOf(differing);
    }

    /**
     * One program of one contestant.
     *
     * @param insns instructions after the verifier's rewriting, in slots of 8 bytes
     * @param processed instructions that the verifier processed
     * @param ns nanoseconds per run above the empty program; empty if no call runs it
     */
    public record Program(Hook hook, String contestant, int insns, int processed, Optional<Summary> ns) {}

    /**
     * Returns the figures for reports. A verdict is wrong if it differs from that of a program in
     * C.
     */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Program program : programs) {
            String workload = "samples-" + sample + " " + program.hook().word();
            program.ns().ifPresent(ns -> figures.add(new Figure(workload, 0, program.contestant(), "ns", ns)));
            figures.add(new Figure(workload, 0, program.contestant(), "insns", program.insns()));
            figures.add(new Figure(workload, 0, program.contestant(), "processed", program.processed()));
        }
        figures.add(new Figure(
                "samples-" + sample,
                0,
                SamplesBenchmark.RINGWALL,
                "wrong",
                Optional.of(Summary.same(differing.size(), Math.max(verdicts, 1))),
                String.join("; ", differing)));
        return figures;
    }
}
