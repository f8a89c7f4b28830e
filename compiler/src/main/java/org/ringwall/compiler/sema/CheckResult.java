// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.source.Diagnostic;

/** The typed policy, present if no error was found, and all errors and warnings in source order. */
public record CheckResult(Optional<Policy> policy, List<Diagnostic> diagnostics) {
    public CheckResult {
        diagnostics = List.copyOf(diagnostics);
        boolean wrong = diagnostics.stream().anyMatch(found -> found.severity() == Severity.ERROR);
        if (wrong == policy.isPresent()) {
            throw new IllegalArgumentException("a policy comes without errors, and no policy with one at least");
        }
    }
}
