// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.text.EditDistance;

/** A search for the known word that is most similar to a misspelt one. */
public final class DidYouMean {
    private DidYouMean() {}

    /**
     * Returns the nearest known word, if it is near enough: a third of the letters may differ, and
     * at least one.
     */
    public static Optional<String> nearest(String word, Collection<String> known) {
        int most = Math.max(1, word.length() / 3);
        String lower = word.toLowerCase(Locale.ROOT);
        record Candidate(String word, int distance) {}
        return known.stream()
                .filter(name -> Math.abs(name.length() - word.length()) <= most)
                .map(name -> new Candidate(name, EditDistance.of(lower, name.toLowerCase(Locale.ROOT))))
                .filter(candidate -> candidate.distance <= most && candidate.distance < candidate.word.length())
                .min(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::word))
                .map(Candidate::word);
    }

    /** Returns a help line that gives all words that fit; there is at least one. */
    public static String oneOf(List<String> known) {
        return (known.size() == 1 ? "write `" : "write one of `") + String.join("`, `", known) + "`";
    }

    /** Returns a help line with the nearest known word, if one is near enough. */
    public static Optional<String> help(String word, Collection<String> known) {
        return nearest(word, known).map("did you mean `%s`?"::formatted);
    }
}
