package org.ringwall.bench.state;

import org.ringwall.bench.Summary;
import org.ringwall.bench.verdict.ProgramStats;

/**
 * What came of one contestant in one case.
 *
 * @param kind the case without its size
 * @param size how many entries, keys or processors; 0 where nothing of the kind varies
 * @param ns net of an empty program, for each call
 * @param maps how many the program names, data sections among them
 * @param kib their memory, by the kernel's account
 * @param calls that were made in all
 * @param effects of them that were found where they have to be: counts, records
 * @param wrong verdicts that were wrong, of `checked`; effects that were lost or are too many count too
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
    /** The case in words. */
    public String subject() {
        return size == 0 ? kind : kind + " " + size;
    }
}
