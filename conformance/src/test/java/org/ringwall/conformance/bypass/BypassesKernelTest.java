// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

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
import org.ringwall.compiler.policy.Block;
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
        proof.directCallIsDenied(new Block.Target.OfIntent(intent));
    }

    @TestFactory
    Stream<DynamicContainer> everyBypassBehavesAsTheCatalogueStates() {
        return Catalogue.blocks().stream()
                .map(block -> DynamicContainer.dynamicContainer(
                        block.text(),
                        Catalogue.around(block).stream()
                                .filter(bypass -> BypassProof.isShown(bypass, block))
                                .filter(bypass -> BypassProof.isChosen(bypass.id()))
                                .map(bypass -> DynamicTest.dynamicTest(
                                        bypass.id(), () -> proof.proves(bypass, block, bypass.id())))));
    }
}
