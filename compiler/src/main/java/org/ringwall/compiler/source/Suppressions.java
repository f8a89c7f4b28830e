// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.compiler.report.Diagnostic.Severity;

/**
 * Comments that accept a warning: {@code // allow W0703: REASON}, with several codes separated by
 * commas. A comment at the end of a line is for the warnings of that line. A comment on a line of
 * its own is for the next line that is not a comment. Errors cannot be accepted. A comment that
 * accepts nothing is a warning itself, so that none outlives its cause.
 */
public final class Suppressions {
    private static final Pattern COMMENT =
            Pattern.compile("//\\s*allow\\s+([A-Z]\\d{4}(?:\\s*,\\s*[A-Z]\\d{4})*+)\\s*(?::.*)?");

    private Suppressions() {}

    /** One code of a comment, the line to which it applies, and its place. */
    private record Silence(String code, int line, Span at) {
        boolean covers(Diagnostic diagnostic) {
            return diagnostic.severity() == Severity.WARNING
                    && diagnostic.code().id().equals(code)
                    && diagnostic.at().file().equals(at.file())
                    && diagnostic.at().position().line() == line;
        }
    }

    /**
     * Returns the diagnostics that are not accepted.
     *
     * @param policies the texts of the policy and of the policies that it includes
     */
    public static List<Diagnostic> apply(List<Diagnostic> diagnostics, List<SourceFile> policies) {
        List<Silence> silences =
                policies.stream().flatMap(file -> in(file).stream()).toList();
        List<Diagnostic> left = new ArrayList<>(diagnostics);
        left.removeIf(diagnostic -> silences.stream().anyMatch(silence -> silence.covers(diagnostic)));
        // After an error, most warnings have not been computed.
        if (left.stream().noneMatch(diagnostic -> diagnostic.severity() == Severity.ERROR)) {
            silences.stream()
                    .filter(silence -> diagnostics.stream().noneMatch(silence::covers))
                    .forEach(silence -> left.add(inVain(silence)));
        }
        return left;
    }

    private static Diagnostic inVain(Silence silence) {
        boolean error = silence.code().startsWith("E");
        boolean known = Arrays.stream(Code.values()).anyMatch(code -> code.id().equals(silence.code()));
        String help = error
                ? "errors cannot be silenced; remove the comment and correct the error"
                : known
                        ? "remove it, or write it at the end of the line that has the warning"
                        : "there is no warning `" + silence.code() + "`; docs/diagnostics.md lists all of them";
        return Diagnostic.of(
                        Code.SILENCE_IN_VAIN,
                        silence.at(),
                        "`allow %s` silences no warning of line %d".formatted(silence.code(), silence.line()))
                .help(help);
    }

    private static List<Silence> in(SourceFile file) {
        List<Silence> found = new ArrayList<>();
        // Most texts do not contain the word.
        if (!file.text().contains("allow ")) {
            return found;
        }
        for (int line = 1; line <= file.lineCount(); line++) {
            int number = line;
            String text = file.line(line);
            commentStart(text).ifPresent(start -> add(found, file, number, start));
        }
        return found;
    }

    private static void add(List<Silence> found, SourceFile file, int line, int start) {
        String text = file.line(line);
        Matcher comment = COMMENT.matcher(text.substring(start));
        if (!comment.matches()) {
            return;
        }
        int about = text.substring(0, start).isBlank() ? nextLine(file, line) : line;
        int at = file.lineStart(line) + start;
        Span span = file.span(at + comment.start(1), at + comment.end(1));
        for (String code : comment.group(1).split("\\s*,\\s*", -1)) {
            found.add(new Silence(code, about, span));
        }
    }

    private static int nextLine(SourceFile file, int line) {
        int next = line + 1;
        while (next <= file.lineCount()
                && (file.line(next).isBlank() || file.line(next).stripLeading().startsWith("//"))) {
            next++;
        }
        return next;
    }

    /** Returns the index at which a comment begins, outside of strings. */
    private static Optional<Integer> commentStart(String line) {
        boolean quoted = false;
        for (int at = 0; at < line.length(); at++) {
            char c = line.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (quoted && c == '\\') {
                at++;
            } else if (!quoted && line.startsWith("//", at)) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }
}
