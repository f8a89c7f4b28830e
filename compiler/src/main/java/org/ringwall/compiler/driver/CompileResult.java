package org.ringwall.compiler.driver;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Severity;
import org.ringwall.compiler.source.SourceFile;

/**
 * What the compiler says of a policy, and what it made of it; nothing was made if there is an error among the words.
 *
 * @param files what was read beside the policy itself, in the order in which they are named: what it includes, and its lists
 */
public record CompileResult(List<Diagnostic> diagnostics, Optional<Compilation> compilation, List<SourceFile> files) {
    public CompileResult {
        diagnostics = List.copyOf(diagnostics);
        files = List.copyOf(files);
        if (failed(diagnostics) == compilation.isPresent()) {
            throw new IllegalArgumentException("either an error or a compilation");
        }
    }

    static boolean failed(List<Diagnostic> diagnostics) {
        return diagnostics.stream().anyMatch(diagnostic -> diagnostic.severity() == Severity.ERROR);
    }
}
