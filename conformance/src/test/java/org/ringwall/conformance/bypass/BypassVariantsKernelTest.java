// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.policy.Intent;
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
        return Arrays.stream(Intent.values())
                .flatMap(intent -> Catalogue.around(intent).stream()
                        .flatMap(bypass -> BypassProcess.variants(bypass.id()).stream()
                                .map(driver -> DynamicTest.dynamicTest(
                                        intent.text() + " " + driver, () -> proof.proves(bypass, intent, driver)))));
    }
}
