// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.Severity;
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
     * Reports the diagnostics. Returns empty after an error, or after a warning with
     * {@code --werror}.
     */
    Optional<Compilation> told(CompileResult result, PrintWriter err) {
        if (!isText()) {
            result.diagnostics().forEach(found::add);
        } else {
            print(result.diagnostics(), err);
        }
        long warnings = result.diagnostics().stream()
                .filter(diagnostic -> diagnostic.severity() == Severity.WARNING)
                .count();
        boolean refused = werror && warnings > 0 && result.compilation().isPresent();
        if (refused && isText()) {
            err.println("error: " + warnings + (warnings == 1 ? " warning" : " warnings")
                    + ", which --werror treats as errors");
            err.println(
                    "  = help: correct it, or silence it with a comment `// allow CODE: REASON` at the end of its line");
            err.flush();
        }
        return refused ? Optional.empty() : result.compilation();
    }

    /** Prints diagnostics as text. */
    static void print(List<Diagnostic> diagnostics, PrintWriter err) {
        if (!diagnostics.isEmpty()) {
            err.println(DiagnosticRenderer.render(diagnostics, MOST_DIAGNOSTICS).strip());
            err.flush();
        }
    }

    /** Reports a file that cannot be used. */
    void told(Path file, InputException e, PrintWriter err) {
        if (!isText()) {
            found.add(file.toString(), e);
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
