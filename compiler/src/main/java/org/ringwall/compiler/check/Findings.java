package org.ringwall.compiler.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Severity;

/** Gathers what is said about one policy. */
final class Findings {
    private final List<Diagnostic> found = new ArrayList<>();

    void add(Diagnostic diagnostic) {
        found.add(diagnostic);
    }

    boolean hasErrors() {
        return found.stream().anyMatch(diagnostic -> diagnostic.severity() == Severity.ERROR);
    }

    /** By place; two at one place as they were found. */
    List<Diagnostic> inOrder() {
        return found.stream()
                .sorted(Comparator.comparingInt(diagnostic -> diagnostic.at().start()))
                .toList();
    }
}
