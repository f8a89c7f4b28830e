// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.util.List;
import org.apache.maven.plugin.MojoFailureException;

/** The check of {@code requireCovered}: no bypass of the required blocks is open. */
final class Coverage {
    private Coverage() {}

    /**
     * Logs the blocks of a policy that are not covered.
     *
     * @param blocks the required blocks, as for {@code ringwallc check --require-covered}
     * @return whether a block is not covered
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
