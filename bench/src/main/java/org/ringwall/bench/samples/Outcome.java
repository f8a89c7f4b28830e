package org.ringwall.bench.samples;

import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Summary;
import org.ringwall.bpf.kernel.Hook;

/**
 * What came of one sample.
 *
 * @param verdicts how many calls were compared, under each contestant in C
 * @param differing calls that fared otherwise under one of them than under ringwall, in words
 */
public record Outcome(String sample, List<Figure> figures, int verdicts, List<String> differing) {
    public Outcome {
        figures = List.copyOf(figures);
        differing = List.copyOf(differing);
    }

    /**
     * One program.
     *
     * @param insns after the verifier's rewriting, in slots of 8 bytes
     * @param processed that the verifier walked
     * @param ns net of the empty program, for each run; nothing where no call of the list comes to it
     */
    public record Figure(Hook hook, String contestant, int insns, int processed, Optional<Summary> ns) {}
}
