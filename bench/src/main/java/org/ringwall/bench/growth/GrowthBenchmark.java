// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.growth;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ringwall.bench.Effort;
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
        Duration patience = effort.patience();
        try (WorkerProcess worker = WorkerProcess.start(GrowthServer.class)) {
            worker.answer();
            CompletableFuture<String> answer =
                    CompletableFuture.supplyAsync(() -> worker.ask(family.name() + ' ' + size));
            try {
                return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                ProcessHandle.of(worker.pid()).ifPresent(ProcessHandle::destroyForcibly);
                answer.exceptionally(ended -> "").join();
                return "failed not done after " + patience.toSeconds() + " s";
            } catch (ExecutionException e) {
                return "failed the compiler's process ended";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }
}
