// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.samples.Outcome;
import org.ringwall.bpf.kernel.Hook;

class SamplesReportTest {
    private static final SamplesReport REPORT = new SamplesReport(
            List.of(
                    new Outcome(
                            "one",
                            List.of(
                                    figure(Hook.CONNECT4, "ringwall", 10, Optional.of(4.0)),
                                    figure(Hook.CONNECT4, "clang v3", 20, Optional.of(8.0)),
                                    figure(Hook.SOCK_OPS, "ringwall", 30, Optional.empty()),
                                    figure(Hook.SOCK_OPS, "clang v3", 20, Optional.empty())),
                            12,
                            List.of()),
                    new Outcome(
                            "two",
                            List.of(
                                    figure(Hook.DEVICE, "ringwall", 40, Optional.of(16.0)),
                                    figure(Hook.DEVICE, "clang v3", 10, Optional.of(0.2))),
                            2,
                            List.of("`open` by root: 1 open, under clang v3 0 open"))),
            List.of("clang v3"));

    private static Outcome.Figure figure(Hook hook, String contestant, int insns, Optional<Double> ns) {
        return new Outcome.Figure(
                hook, contestant, insns, 2 * insns, ns.map(value -> Summary.of(List.of(value, value))));
    }

    @Test
    void sumsPoliciesAndMultipliesTheirRatios() {
        Table table = REPORT.standing();
        assertThat(table.rows())
                .containsExactly(
                        List.of("one", "clang v3", "40", "40", "1.00", "4.0", "8.0", "0.50", "12", "0"),
                        List.of("two", "clang v3", "40", "10", "4.00", "16.0", "1.0", "16.00", "2", "1"),
                        // √(1 · 4) and √(0.5 · 16); ∛(0.5 · 1.5 · 4).
                        List.of("geometric mean, policies", "clang v3", "–", "–", "2.00", "–", "–", "2.83", "–", "–"),
                        List.of("geometric mean, programs", "clang v3", "–", "–", "1.44", "–", "–", "2.83", "–", "–"));
    }

    @Test
    void namesWhatIsSlowerAndWhatDiffers() {
        assertThat(REPORT.standing().notes())
                .containsExactly(
                        "slower: two device: 16.0 ns, clang v3 1.0 ns",
                        "differs: two: `open` by root: 1 open, under clang v3 0 open");
    }

    @Test
    void listsEveryProgramAlsoWhereNothingRan() {
        assertThat(REPORT.programs("measured").rows())
                .hasSize(6)
                .contains(List.of("one sock_ops", "ringwall", "30", "60", "–", "–"));
    }

    @Test
    void oursIsHeldToCWithAControlWordAlone() {
        assertThat(REPORT.goals().stream().map(Held::what)).containsExactly("samples: differing verdicts of 14");
        List<Outcome> outcomes = REPORT.outcomes().stream()
                .map(outcome -> new Outcome(
                        outcome.sample(),
                        outcome.figures().stream()
                                .map(figure -> figure(
                                        figure.hook(),
                                        figure.contestant().replace("v3", "v3 word"),
                                        figure.insns(),
                                        figure.ns().map(Summary::median)))
                                .toList(),
                        outcome.verdicts(),
                        outcome.differing()))
                .toList();
        List<Held> goals = new SamplesReport(outcomes, List.of("clang v3", "clang v3 word")).goals();
        assertThat(goals)
                .containsExactly(
                        held("samples, mean of policies: instructions", "–", "–", "2.00", "0.90"),
                        held("samples, mean of policies: ns", "–", "–", "2.83", "1.00"),
                        held("samples, mean of programs: instructions", "–", "–", "1.44", "0.90"),
                        held("samples, mean of programs: ns", "–", "–", "2.83", "1.00"),
                        held("samples, slower programs; worst two device: ns", "16.0", "1.0", "1", "0"),
                        new Held("samples: differing verdicts of 14", "–", "1", "–", "1", "0", "no"));
    }

    private static Held held(String what, String ours, String its, String value, String goal) {
        return new Held(what, "clang v3 word", ours, its, value, goal, "no");
    }

    @Test
    void plotsEveryPolicy() {
        assertThat(REPORT.plot()).contains("one", "two", "instructions, ÷");
    }
}
