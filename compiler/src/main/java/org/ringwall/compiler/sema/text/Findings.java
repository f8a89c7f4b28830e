// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.source.Diagnostic;

/** The diagnostics of one policy. */
public final class Findings {
    private final List<Diagnostic> found = new ArrayList<>();

    public void add(Diagnostic diagnostic) {
        found.add(diagnostic);
    }

    /** Returns the number of diagnostics so far. */
    public int mark() {
        return found.size();
    }

    /**
     * Changes the diagnostics since the mark, and removes those that repeat an earlier one at the
     * same place.
     */
    public void since(int mark, UnaryOperator<Diagnostic> change) {
        List<Diagnostic> later = found.subList(mark, found.size());
        List<Diagnostic> changed = later.stream()
                .filter(next -> found.subList(0, mark).stream().noneMatch(before -> isSame(before, next)))
                .map(change)
                .toList();
        later.clear();
        found.addAll(changed);
    }

    /** Removes the diagnostics since the mark. */
    public void forget(int mark) {
        found.subList(mark, found.size()).clear();
    }

    private static boolean isSame(Diagnostic one, Diagnostic other) {
        return one.code() == other.code()
                && one.message().equals(other.message())
                && one.at().equals(other.at());
    }

    public List<Diagnostic> all() {
        return List.copyOf(found);
    }

    public boolean hasErrors() {
        return found.stream().anyMatch(diagnostic -> diagnostic.severity() == Severity.ERROR);
    }

    /**
     * Returns the diagnostics grouped by file in the order of first occurrence, and within a file
     * by position; ties keep their order.
     */
    public List<Diagnostic> inOrder() {
        Map<String, List<Diagnostic>> files = new LinkedHashMap<>();
        for (Diagnostic diagnostic : found) {
            files.computeIfAbsent(diagnostic.at().file().name(), name -> new ArrayList<>())
                    .add(diagnostic);
        }
        return files.values().stream()
                .flatMap(file -> file.stream()
                        .sorted(Comparator.comparingInt(
                                diagnostic -> diagnostic.at().start())))
                .toList();
    }
}
