// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

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
                .map(each -> new Candidate(each, distance(word, each)))
                .filter(candidate -> candidate.distance() <= most)
                .min(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::word))
                .map(Candidate::word);
    }

    /** Returns the optimal string alignment distance. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : step(cost, a, b, i, j);
            }
        }
        return cost[a.length()][b.length()];
    }

    private static int step(int[][] cost, String a, String b, int i, int j) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + change);
        boolean swap = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swap ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
