// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.ringwall.bpf.text.EditDistance;

/** A search for the known word that a mistyped one was meant to be. */
final class NearWord {
    private NearWord() {}

    /**
     * Returns the nearest known word: one insertion, deletion, replacement or swap of adjacent
     * letters away, or two from 6 letters on.
     */
    static Optional<String> of(String word, Collection<String> known) {
        int most = word.length() < 3 ? 0 : word.length() < 6 ? 1 : 2;
        record Candidate(String word, int distance) {}
        return known.stream()
                .filter(each -> Math.abs(each.length() - word.length()) <= most)
                .map(each -> new Candidate(each, EditDistance.of(word, each)))
                .filter(candidate -> candidate.distance() <= most)
                .min(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::word))
                .map(Candidate::word);
    }
}
