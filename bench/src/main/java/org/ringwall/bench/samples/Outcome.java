// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.samples;

import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Summary;
import org.ringwall.bpf.kernel.Hook;

/**
 * The result of one sample.
 *
 * @param verdicts the number of calls compared, over all contestants in C
 * @param differing descriptions of the calls with another result than under Ringwall
 */
public record Outcome(String sample, List<Figure> figures, int verdicts, List<String> differing) {
    public Outcome {
        figures = List.copyOf(figures);
        differing = List.copyOf(differing);
    }

    /**
     * The figures of one program.
     *
     * @param insns instructions after the verifier's rewriting, in slots of 8 bytes
     * @param processed instructions that the verifier processed
     * @param ns nanoseconds per run above the empty program; empty if no call runs it
     */
    public record Figure(Hook hook, String contestant, int insns, int processed, Optional<Summary> ns) {}
}
