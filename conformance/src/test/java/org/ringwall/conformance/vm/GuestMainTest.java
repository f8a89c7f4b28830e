// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.ringwall.conformance.vm.GuestResult.Outcome;
import org.ringwall.testkit.RunningKernel;

/** A test that every result of a test in a guest reaches the host. */
class GuestMainTest {
    private static final String ONLY_HERE = "ringwall.guest.main.test";

    /** One test of each outcome, run only by {@link GuestMain}. */
    @Tag("fixture")
    @EnabledIfSystemProperty(named = ONLY_HERE, matches = "true")
    static class Fates {
        @Test
        void passes() {
            assertThat(true).isTrue();
        }

        @Test
        void fails() {
            fail("a\ttab, a\nline and a \\");
        }

        @Test
        void needsAKernelOfTheFuture() {
            RunningKernel.needs(9999, 0, "time travel");
        }

        @Test
        void needsAKernelOfThePast() {
            RunningKernel.needs(2, 6, "cgroups");
        }

        @Test
        void assumes() {
            Assumptions.assumeTrue(false, "not today");
        }

        @Test
        @Disabled("out of order")
        void isDisabled() {}

        @TestFactory
        Stream<DynamicTest> makes() {
            return Stream.of(DynamicTest.dynamicTest("one", () -> {}));
        }
    }

    static class NeverBegins {
        @BeforeAll
        static void begin() {
            if (Boolean.getBoolean(ONLY_HERE)) {
                throw new IllegalStateException("no ground to stand on");
            }
        }

        @Test
        void isNeverRun() {}
    }

    @Test
    void everyOutcomeIsReported() {
        Map<String, GuestResult> results = run(Fates.class);
        assertThat(results.keySet())
                .containsExactlyInAnyOrder(
                        "passes()",
                        "fails()",
                        "needsAKernelOfTheFuture()",
                        "needsAKernelOfThePast()",
                        "assumes()",
                        "isDisabled()",
                        "makes(): one");
        assertThat(results.values())
                .allSatisfy(result -> assertThat(result.testClass()).isEqualTo(Fates.class.getName()));
        assertThat(outcome(results, Outcome.PASSED))
                .containsExactlyInAnyOrder("passes()", "needsAKernelOfThePast()", "makes(): one");
        assertThat(outcome(results, Outcome.NOT_APPLICABLE)).containsExactly("needsAKernelOfTheFuture()");
        assertThat(results.get("fails()"))
                .satisfies(result -> assertThat(result.message()).contains("a\ttab, a\nline and a \\"));
        assertThat(results.get("isDisabled()"))
                .satisfies(result -> assertThat(result.message()).contains("out of order"));
    }

    @Test
    void aClassWhoseSetUpFailsIsAFailure() {
        Map<String, GuestResult> results = run(NeverBegins.class);
        assertThat(results.values())
                .singleElement()
                .satisfies(result -> assertThat(result.outcome()).isEqualTo(Outcome.FAILED));
    }

    private static List<String> outcome(Map<String, GuestResult> results, Outcome outcome) {
        return results.values().stream()
                .filter(result -> result.outcome() == outcome)
                .map(GuestResult::name)
                .toList();
    }

    private static Map<String, GuestResult> run(Class<?> tests) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setProperty(ONLY_HERE, "true");
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            GuestMain.run(List.of(tests.getName()), out);
        } finally {
            System.clearProperty(ONLY_HERE);
        }
        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).endsWith(GuestMain.END);
        return lines.stream()
                .filter(line -> !line.equals(GuestMain.END))
                .map(GuestResult::parse)
                .collect(Collectors.toMap(GuestResult::name, Function.identity()));
    }
}
