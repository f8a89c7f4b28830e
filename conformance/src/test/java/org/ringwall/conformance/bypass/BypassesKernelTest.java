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
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.bypass.Judge;
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
    /**
     * Whether a bypass that no hook sees is tried with the policies for the first of its blocks
     * only. Guests do so, except before a release: its system calls are the same for each.
     */
    private static final boolean ONCE = Boolean.getBoolean("ringwall.bypasses.once");

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

    private static boolean isFirst(Bypass bypass, Block.Target block) {
        return !(bypass.judge() instanceof Judge.Unseen)
                || Catalogue.blocks().stream()
                        .filter(each -> Catalogue.around(each).contains(bypass))
                        .findFirst()
                        .filter(block::equals)
                        .isPresent();
    }

    @TestFactory
    Stream<DynamicContainer> everyBypassBehavesAsTheCatalogueStates() {
        return Catalogue.blocks().stream()
                .map(block -> DynamicContainer.dynamicContainer(
                        block.text(),
                        Catalogue.around(block).stream()
                                .filter(bypass -> BypassProof.isShown(bypass, block))
                                .filter(bypass -> BypassProof.isChosen(bypass.id()))
                                .filter(bypass -> !ONCE || isFirst(bypass, block))
                                .map(bypass -> DynamicTest.dynamicTest(
                                        bypass.id(), () -> proof.proves(bypass, block, bypass.id())))));
    }
}
