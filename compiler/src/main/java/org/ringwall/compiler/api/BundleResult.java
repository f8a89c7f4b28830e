// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.util.List;
import java.util.Optional;

/**
 * The result of the compilation of policies for a bundle.
 *
 * @param results one for each policy: the first that has an error, else that for the first targets
 * @param bundle the bundle; empty exactly if a policy has an error
 */
public record BundleResult(List<CompileResult> results, Optional<PolicyBundle> bundle) {
    /**
     * Creates a result.
     *
     * @throws IllegalArgumentException if there are both an error and a bundle, or neither
     */
    public BundleResult {
        results = List.copyOf(results);
        boolean failed = results.stream().anyMatch(result -> result.policy().isEmpty());
        if (failed == bundle.isPresent()) {
            throw new IllegalArgumentException("either an error or a bundle");
        }
    }
}
