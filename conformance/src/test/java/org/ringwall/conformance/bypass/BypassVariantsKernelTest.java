// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.testkit.KernelTest;

/**
 * Tests the variants of bypasses, such as the headers and system calls that make a source route.
 */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BypassVariantsKernelTest {
    private BypassProof proof;

    @BeforeAll
    void start() {
        proof = new BypassProof();
    }

    @AfterAll
    void end() {
        proof.close();
    }

    @TestFactory
    Stream<DynamicTest> everyVariantBehavesAsTheCatalogueStates() {
        return Catalogue.blocks().stream()
                .flatMap(block -> Catalogue.around(block).stream()
                        .filter(bypass -> BypassProof.isShown(bypass, block))
                        .flatMap(bypass -> BypassProcess.variants(bypass.id()).stream()
                                .filter(BypassProof::isChosen)
                                .map(driver -> DynamicTest.dynamicTest(
                                        block.text() + " " + driver, () -> proof.proves(bypass, block, driver)))));
    }
}
