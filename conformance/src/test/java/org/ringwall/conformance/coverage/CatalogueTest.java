package org.ringwall.conformance.coverage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ringwall.compiler.coverage.Catalogue;
import org.ringwall.compiler.coverage.Way;

/** Each entry of the catalogue has a proof, and each proof an entry. */
class CatalogueTest {
    @Test
    void everyWayIsTakenByADeedAndNoDeedIsForNothing() {
        assertThat(Catalogue.ways().stream().map(Way::id))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(WayProcess.ways());
    }
}
