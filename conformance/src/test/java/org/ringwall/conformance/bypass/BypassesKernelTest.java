// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.testkit.KernelTest;

/**
 * Tests each bypass of each block with real system calls, under policies that deny what it
 * reaches.
 */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BypassesKernelTest {
    private BypassProof proof;

    @BeforeAll
    void start() {
        proof = new BypassProof();
    }

    @AfterAll
    void end() {
        proof.close();
    }

    @ParameterizedTest
    @EnumSource
    void theDirectCallIsDenied(Intent intent) {
        proof.directCallIsDenied(intent);
    }

    @TestFactory
    Stream<DynamicContainer> everyBypassBehavesAsTheCatalogueStates() {
        return Arrays.stream(Intent.values())
                .map(intent -> DynamicContainer.dynamicContainer(
                        intent.text(),
                        Catalogue.around(intent).stream()
                                .map(bypass -> DynamicTest.dynamicTest(
                                        bypass.id(), () -> proof.proves(bypass, intent, bypass.id())))));
    }
}
