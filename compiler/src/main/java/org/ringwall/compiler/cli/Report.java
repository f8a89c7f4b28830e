// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.report.Diagnostic;
import org.ringwall.compiler.report.Diagnostic.Severity;
import picocli.CommandLine.Option;

/** The options for printing diagnostics, and the diagnostics so far. */
final class Report {
    /**
     * The maximum number of diagnostics in text form; a generated list may have an error in each
     * line.
     */
    private static final int MOST_DIAGNOSTICS = 100;

    @Option(
            names = "--format",
            paramLabel = "text|json|sarif",
            description = "how diagnostics are printed: text on standard error, the others on standard output"
                    + " (default: text)")
    private Format format = Format.TEXT;

    @Option(names = "--json", description = "same as --format=json")
    private boolean json;

    @Option(names = "--werror", description = "treat warnings as errors")
    private boolean werror;

    private final DiagnosticsJson found = new DiagnosticsJson();

    private Format format() {
        return json ? Format.JSON : format;
    }

    /** Returns whether the format is text. Otherwise only the document goes to standard output. */
    boolean isText() {
        return format() == Format.TEXT;
    }

    /**
     * Reports the diagnostics. Returns false after an error, or after a warning with
     * {@code --werror}.
     */
    boolean add(CompileResult result, PrintWriter err) {
        if (isText()) {
            print(result.diagnostics(), err);
        } else {
            result.diagnostics().forEach(found::add);
        }
        long warnings = count(result.diagnostics(), Severity.WARNING);
        boolean refused = werror && warnings > 0 && result.policy().isPresent();
        if (refused && isText()) {
            err.println("error: " + warnings + (warnings == 1 ? " warning" : " warnings")
                    + ", which --werror treats as errors");
            err.println(
                    "  = help: correct it, or silence it with a comment `// allow CODE: REASON` at the end of its line");
            err.flush();
        }
        return !refused && result.policy().isPresent();
    }

    /** Prints diagnostics as text. Errors are printed first if there is no room for all. */
    static void print(List<Diagnostic> diagnostics, PrintWriter err) {
        if (diagnostics.isEmpty()) {
            return;
        }
        List<Diagnostic> shown = diagnostics;
        String more = "";
        if (diagnostics.size() > MOST_DIAGNOSTICS) {
            List<Diagnostic> byWeight = diagnostics.stream()
                    .sorted(Comparator.comparing(Diagnostic::severity))
                    .toList();
            shown = byWeight.subList(0, MOST_DIAGNOSTICS);
            more = "\n\n… and " + counts(byWeight.subList(MOST_DIAGNOSTICS, byWeight.size())) + " more";
        }
        err.println(String.join("\n\n", shown.stream().map(Diagnostic::text).toList()) + more);
        err.flush();
    }

    private static String counts(List<Diagnostic> diagnostics) {
        return Arrays.stream(Severity.values())
                .map(severity -> counted(count(diagnostics, severity), severity))
                .filter(words -> !words.isEmpty())
                .collect(Collectors.joining(" and "));
    }

    private static long count(List<Diagnostic> diagnostics, Severity severity) {
        return diagnostics.stream()
                .filter(diagnostic -> diagnostic.severity() == severity)
                .count();
    }

    private static String counted(long count, Severity severity) {
        return count == 0 ? "" : count + " " + severity.word() + (count == 1 ? "" : "s");
    }

    /** Reports a file that cannot be used. */
    void add(String file, InputException e, PrintWriter err) {
        if (!isText()) {
            found.add(file, e);
            return;
        }
        err.println(e.text());
        err.flush();
    }

    /**
     * Prints the document, if the format is not text.
     *
     * @param more what the command adds to JSON
     */
    void finish(PrintWriter out, Map<String, Object> more) {
        if (isText()) {
            return;
        }
        out.println(format() == Format.JSON ? found.json(more) : found.sarif());
        out.flush();
    }
}
