package org.ringwall.compiler.driver;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Severity;

/** What the compiler says of a policy, and what it made of it; nothing was made if there is an error among the words. */
public record CompileResult(List<Diagnostic> diagnostics, Optional<Compilation> compilation) {
    public CompileResult {
        diagnostics = List.copyOf(diagnostics);
        if (failed(diagnostics) == compilation.isPresent()) {
            throw new IllegalArgumentException("either an error or a compilation");
        }
    }

    static boolean failed(List<Diagnostic> diagnostics) {
        return diagnostics.stream().anyMatch(diagnostic -> diagnostic.severity() == Severity.ERROR);
    }
}
