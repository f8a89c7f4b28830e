// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.List;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.verdict.ProgramStats;

/**
 * The result of one contestant in one case.
 *
 * @param kind the case without its size
 * @param size the number of entries, keys or processors; 0 if it does not vary
 * @param ns nanoseconds per call above an empty program
 * @param maps the number of maps that the program uses, including data sections
 * @param kib their memory in KiB, as reported by the kernel
 * @param calls the total number of calls
 * @param effects the number of effects found: counts or records
 * @param wrong the number of wrong verdicts among `checked`, and of missing or surplus effects
 */
public record StateFigure(
        StateWorkload workload,
        String kind,
        int size,
        String contestant,
        Summary ns,
        ProgramStats program,
        int maps,
        double kib,
        long calls,
        long effects,
        long wrong,
        long checked) {
    /** Returns the figures for reports. */
    public List<Figure> figures() {
        return List.of(
                figure("ns", ns),
                figure("insns", Summary.same(program.xlated(), 1)),
                figure("processed", Summary.same(program.processed(), 1)),
                figure("jit bytes", Summary.same(program.jited(), 1)),
                figure("maps", Summary.same(maps, 1)),
                figure("map KiB", Summary.same(kib, 1)),
                figure("effects", Summary.same(effects, Math.max(calls, 1))),
                figure("wrong", Summary.same(wrong, Math.max(checked, 1))));
    }

    private Figure figure(String unit, Summary value) {
        return new Figure(workload.title() + " " + kind, size, contestant, unit, value);
    }
}
