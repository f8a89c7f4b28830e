// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.List;
import java.util.Optional;

/**
 * A renderer of diagnostics as text: the message, the place, the line with carets under the span,
 * then notes and help. It expands tabs and makes control characters visible, so that the carets are
 * in the right columns.
 */
public final class DiagnosticRenderer {
    private static final String TAB = "    ";
    /** The maximum number of columns of a line; a longer line is cut around the carets. */
    private static final int WIDEST = 120;

    private static final int BEFORE_CARETS = 40;

    private final StringBuilder out = new StringBuilder();
    private final int gutter;

    private DiagnosticRenderer(int gutter) {
        this.gutter = gutter;
    }

    /** Returns the text of one diagnostic, with a final line end. */
    public static String render(Diagnostic diagnostic) {
        int gutter = width(diagnostic.at());
        for (Note note : diagnostic.notes()) {
            gutter = Math.max(gutter, note.at().map(DiagnosticRenderer::width).orElse(0));
        }
        DiagnosticRenderer renderer = new DiagnosticRenderer(gutter);
        renderer.print(diagnostic);
        return renderer.out.toString();
    }

    /** Returns the text of several diagnostics, separated by empty lines. */
    public static String render(List<Diagnostic> diagnostics) {
        return String.join(
                "\n", diagnostics.stream().map(DiagnosticRenderer::render).toList());
    }

    private static int width(Span at) {
        return Integer.toString(at.position().line()).length();
    }

    private void print(Diagnostic diagnostic) {
        out.append("%s[%s]: %s\n"
                .formatted(diagnostic.severity().word(), diagnostic.code().id(), diagnostic.message()));
        place(diagnostic.at(), diagnostic.label());
        for (Note note : diagnostic.notes()) {
            if (note.at().isPresent()) {
                out.append("note: %s\n".formatted(note.message()));
                place(note.at().get(), Optional.empty());
            } else {
                remark("note", note.message());
            }
        }
        diagnostic.help().ifPresent(words -> remark("help", words));
    }

    private void remark(String kind, String words) {
        out.append(" ".repeat(gutter)).append(" = %s: %s\n".formatted(kind, words));
    }

    private void place(Span at, Optional<String> label) {
        String margin = " ".repeat(gutter);
        int number = at.position().line();
        out.append(margin).append("--> ").append(at).append('\n');
        out.append(margin).append(" |\n");
        Line line = Line.of(at);
        String shown = "%" + gutter + "d | %s";
        out.append(shown.formatted(number, line.text).stripTrailing()).append('\n');
        String carets = " ".repeat(line.before) + "^".repeat(line.carets);
        String words = label.map(text -> " " + text).orElse("");
        out.append(margin).append(" | ").append(carets).append(words).append('\n');
    }

    /**
     * A line as shown, the number of columns before the carets, and the number of carets, at least
     * one.
     */
    private record Line(String text, int before, int carets) {
        static Line of(Span at) {
            SourceFile file = at.file();
            int number = at.position().line();
            String raw = file.line(number);
            int from = Math.min(at.start() - file.lineStart(number), raw.length());
            int to = Math.max(from, Math.min(at.end() - file.lineStart(number), raw.length()));
            String head = visible(raw.substring(0, from));
            String marked = visible(raw.substring(from, to));
            String tail = visible(raw.substring(to));
            int before = columns(head);
            int carets = Math.max(1, columns(marked));
            String all = head + marked + tail;
            if (columns(all) <= WIDEST) {
                return new Line(all, before, carets);
            }
            return cut(all, before, carets);
        }

        private static Line cut(String all, int before, int carets) {
            int first = Math.max(0, before - BEFORE_CARETS);
            int last = Math.min(columns(all), first + WIDEST);
            String shown = all.substring(all.offsetByCodePoints(0, first), all.offsetByCodePoints(0, last));
            String left = first > 0 ? "…" : "";
            String right = last < columns(all) ? "…" : "";
            int shift = before - first + left.length();
            return new Line(left + shown + right, shift, Math.min(carets, columns(shown) + left.length() - shift + 1));
        }

        private static int columns(String text) {
            return text.codePointCount(0, text.length());
        }

        private static String visible(String text) {
            StringBuilder shown = new StringBuilder();
            text.codePoints().forEach(point -> {
                if (point == '\t') {
                    shown.append(TAB);
                } else if (Character.isISOControl(point) || Character.getType(point) == Character.FORMAT) {
                    shown.append('\uFFFD');
                } else {
                    shown.appendCodePoint(point);
                }
            });
            return shown.toString();
        }
    }
}
