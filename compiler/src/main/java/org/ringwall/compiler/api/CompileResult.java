// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.report.Diagnostic;

/**
 * The result of a compilation.
 *
 * @param diagnostics the errors and warnings, in the order in which {@code ringwallc} prints them
 * @param policy the compiled policy; empty exactly if one of the diagnostics is an error
 * @param files the names of the files that were read besides the policy, in the order in which they
 *     are first named: included policies and lists. An object depends on them and on the policy
 */
public record CompileResult(List<Diagnostic> diagnostics, Optional<Policy> policy, List<String> files) {
    /**
     * Creates a result.
     *
     * @throws IllegalArgumentException if there are both an error and a policy, or neither
     */
    public CompileResult {
        diagnostics = List.copyOf(diagnostics);
        files = List.copyOf(files);
        boolean failed = diagnostics.stream().anyMatch(found -> found.severity() == Diagnostic.Severity.ERROR);
        if (failed == policy.isPresent()) {
            throw new IllegalArgumentException("either an error or a policy");
        }
    }
}
