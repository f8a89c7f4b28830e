// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.growth;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Effort;
import org.ringwall.bench.compile.Patience;
import org.ringwall.bench.report.Figure;
import org.ringwall.conformance.kernel.WorkerProcess;

/**
 * A benchmark of the compiler on policies of growing size, one process for each. A family ends at
 * the first size that is refused or not done in time.
 */
public final class GrowthBenchmark {
    private static final String OURS = "ringwallc";

    private final Effort effort;
    private final boolean quick;

    /** Creates a benchmark; with `quick` it measures the sizes of {@link Family#quick()}. */
    public GrowthBenchmark(Effort effort, boolean quick) {
        this.effort = effort;
        this.quick = quick;
    }

    /** Measures one family: slots of the largest program and of all, CPU ms, and peak MiB. */
    public List<Figure> run(Family family) {
        List<Figure> figures = new ArrayList<>();
        for (int size : quick ? family.quick() : family.full()) {
            List<String> words = List.of(compiled(family, size).split(" ", -1));
            String workload = "growth-" + family.title();
            if (!words.get(0).equals("ok")) {
                String why = String.join(" ", words.subList(1, words.size()));
                figures.add(new Figure(workload, size, OURS, "insns", Optional.empty(), why));
                break;
            }
            List<Double> values =
                    words.stream().skip(1).map(Double::parseDouble).toList();
            figures.add(new Figure(workload, size, OURS, "insns", values.get(0)));
            figures.add(new Figure(workload, size, OURS, "all insns", values.get(1)));
            figures.add(new Figure(workload, size, OURS, "cpu ms", values.get(2)));
            figures.add(new Figure(workload, size, OURS, "peak MiB", values.get(3) / 1_024));
        }
        return figures;
    }

    private String compiled(Family family, int size) {
        try (WorkerProcess worker = WorkerProcess.start(GrowthServer.class)) {
            worker.answer();
            return new Patience(effort.patience()).ask(worker, family.name() + ' ' + size);
        } catch (Patience.GaveUpException e) {
            return "failed " + e.getMessage();
        }
    }
}
