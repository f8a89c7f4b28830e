package org.ringwall.conformance.coverage;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.ringwall.compiler.coverage.Catalogue;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.testkit.KernelTest;

/** Each way around `packets ingress`, taken for real under policies that deny what it leads to. */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PacketsIngressWaysKernelTest {
    private WayProof proof;

    @BeforeAll
    void start() {
        proof = new WayProof();
    }

    @AfterAll
    void end() {
        proof.close();
    }

    @Test
    void theStraightWayIsClosed() {
        proof.straightWayIsClosed(Intent.PACKETS_INGRESS);
    }

    @TestFactory
    Stream<DynamicTest> everyWayFaresAsTheCatalogueSays() {
        return Catalogue.around(Intent.PACKETS_INGRESS).stream()
                .map(way -> DynamicTest.dynamicTest(way.id(), () -> proof.proves(way, Intent.PACKETS_INGRESS)));
    }
}
