// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.field.Lineup;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** A test of every sample with the least effort: times are not checked, but verdicts are. */
@KernelTest
@ToolTest({"clang-19|clang", "bpftool"})
class SamplesBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());
    private static final Effort LEAST = new Effort(1, 1, 1, 1, 2, 1, Duration.ofSeconds(60));

    @Test
    void everySampleDecidesAsItsEquivalentInC() throws Exception {
        List<Sample> samples =
                Sample.all(CHECKOUT).stream().filter(Sample::runsHere).toList();
        try (Scratch scratch = new Scratch()) {
            List<Outcome> outcomes = new SamplesBenchmark(
                            CHECKOUT, LEAST, Lineup.ALL, Checkout.clang().orElseThrow(), scratch.folder())
                    .run(Set.of(), sample -> {});
            assertThat(outcomes.stream().map(Outcome::sample))
                    .containsExactlyElementsOf(
                            samples.stream().map(Sample::name).toList());
            for (Outcome outcome : outcomes) {
                assertThat(outcome.differing()).as(outcome.sample()).isEmpty();
                assertThat(outcome.verdicts()).as(outcome.sample()).isGreaterThan(20);
            }
            for (Sample sample : samples) {
                // Ours has another program if a rule reads a socket's creator, because MPTCP may
                // connect the socket later for that user.
                String twin = Files.readString(CHECKOUT.file(Sample.FOLDER + sample.name() + ".bpf.c"));
                long hooksInC = sample.hooks().stream()
                        .filter(hook -> twin.contains("PROGRAM(\"" + hook.section() + "\""))
                        .count();
                assertThat(hooksInC).as(sample.name()).isPositive();
                assertThat(programs(outcomes, sample))
                        .as("one of ours at each hook, and four in C where C has a program too: %s", sample.name())
                        .hasSize((int) (sample.hooks().size() + 4 * hooksInC));
            }
        }
        try (Stream<Path> pins = Files.list(Path.of("/sys/fs/bpf"))) {
            String own = "ringwall-bench-" + ProcessHandle.current().pid() + "-";
            assertThat(pins.filter(pin -> pin.getFileName().toString().startsWith(own)))
                    .isEmpty();
        }
    }

    private static List<Outcome.Program> programs(List<Outcome> outcomes, Sample sample) {
        return outcomes.stream()
                .filter(outcome -> outcome.sample().equals(sample.name()))
                .flatMap(outcome -> outcome.programs().stream())
                .toList();
    }
}
