// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bench.Usage;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;

/** What commands used, by workload, size and contestant, in the order in which they first ran. */
final class Recorder {
    private record Cell(String workload, int size, String contestant) {}

    private final Map<Cell, List<Usage>> used = new LinkedHashMap<>();

    void add(String what, int size, String contestant, Usage usage) {
        used.computeIfAbsent(new Cell("host " + what, size, contestant), cell -> new ArrayList<>())
                .add(usage);
    }

    /** Returns the CPU time and the peak memory of each. */
    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        used.forEach((cell, all) -> {
            Summary cpu = Summary.of(all.stream().map(Usage::cpuMs).toList());
            Summary peak = Summary.of(all.stream().map(Usage::mib).toList());
            figures.add(new Figure(cell.workload(), cell.size(), cell.contestant(), "cpu ms", cpu));
            figures.add(new Figure(cell.workload(), cell.size(), cell.contestant(), "MiB", peak));
        });
        return figures;
    }
}
