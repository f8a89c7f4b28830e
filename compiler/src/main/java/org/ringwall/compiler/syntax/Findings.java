package org.ringwall.compiler.syntax;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Note;
import org.ringwall.compiler.source.Span;

/** Collects what is wrong with one text. */
final class Findings {
    /** A text with more errors than this is not a policy; nobody reads on. */
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

    /** True when something is already said about a place from one offset to another, both included. */
    boolean speakOf(int from, int to) {
        return unreported > 0 || found.stream().anyMatch(d -> d.at().start() <= to && d.at().end() >= from);
    }

    boolean speakOf(Span span) {
        return speakOf(span.start(), span.end());
    }

    /** Everything found, in source order. */
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
