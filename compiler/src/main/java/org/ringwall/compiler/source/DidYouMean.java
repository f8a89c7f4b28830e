// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

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
                .map(name -> new Candidate(name, distance(lower, name.toLowerCase(Locale.ROOT))))
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

    /**
     * Returns the number of insertions, deletions, replacements and swaps of adjacent letters that
     * turn one word into the other.
     */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int best = Math.min(Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    best = Math.min(best, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = best;
            }
        }
        return cost[a.length()][b.length()];
    }
}
