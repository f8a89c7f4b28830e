// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;

/** Tests that each entry of the catalogue has a proof, and each proof an entry. */
class CatalogueTest {
    @Test
    void everyBypassHasADriverAndEveryDriverABypass() {
        assertThat(Catalogue.bypasses().stream().map(Bypass::id))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(BypassProcess.bypasses());
    }
}
