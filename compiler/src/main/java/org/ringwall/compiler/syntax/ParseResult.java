// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.source.Diagnostic;

/** A tree if the text has no errors, otherwise at least one diagnostic, in source order. */
public record ParseResult(Optional<PolicyFile> file, List<Diagnostic> diagnostics) {
    public ParseResult {
        diagnostics = List.copyOf(diagnostics);
        if (file.isPresent() != diagnostics.isEmpty()) {
            throw new IllegalArgumentException("a text gives either a tree or diagnostics");
        }
    }
}
