// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;

/**
 * The diagnostics for a policy, and the compilation unless one of them is an error.
 *
 * @param files the files that were read besides the policy, in the order in which they are named:
 *     included policies and lists
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
