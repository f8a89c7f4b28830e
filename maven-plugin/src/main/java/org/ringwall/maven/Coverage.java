// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.util.List;
import org.apache.maven.plugin.MojoFailureException;

/** A check that no bypass of certain blocks is open. */
final class Coverage {
    private Coverage() {}

    /**
     * Logs the blocks of a policy that are not covered.
     *
     * @param blocks the blocks that must be covered, as {@code ringwallc check --require-covered}
     *     has them
     * @return whether there are any
     */
    static boolean reported(Compiled compiled, List<String> blocks, Messages messages) throws MojoFailureException {
        List<String> failures;
        try {
            failures = compiled.policy().uncovered(blocks);
        } catch (IllegalArgumentException e) {
            throw new MojoFailureException("requireCovered: " + e.getMessage(), e);
        }
        failures.forEach(failure -> messages.error(compiled.file() + ":[1,1] " + failure));
        return !failures.isEmpty();
    }
}
