// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Note;
import org.ringwall.compiler.source.Span;

/** A collector of the syntax errors of one text. */
final class Findings {
    /** The maximum number of errors that are reported. */
    private static final int MOST = 100;

    private final List<Diagnostic> found = new ArrayList<>();
    private int unreported;

    void add(Diagnostic diagnostic) {
        if (found.size() == MOST) {
            unreported++;
        } else {
            found.add(diagnostic);
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** Whether an error was reported that overlaps these offsets, both inclusive. */
    boolean speakOf(int from, int to) {
        return unreported > 0 || found.stream().anyMatch(d -> d.at().start() <= to && d.at().end() >= from);
    }

    boolean speakOf(Span span) {
        return speakOf(span.start(), span.end());
    }

    /** Returns the errors in source order. */
    List<Diagnostic> inOrder() {
        List<Diagnostic> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparingInt(d -> d.at().start()));
        if (unreported > 0) {
            int last = sorted.size() - 1;
            sorted.set(last, sorted.get(last).note(Note.of("%d further errors are not shown".formatted(unreported))));
        }
        return sorted;
    }
}
