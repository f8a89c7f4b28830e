// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Summary;

class TimeGoalsTest {
    private static Summary ms(double value) {
        return Summary.of(List.of(value));
    }

    private static List<String> text(List<Held> all) {
        return Held.table(all).rows().stream()
                .map(row -> String.join(" | ", row))
                .toList();
    }

    @Test
    void readyIsHeldToTheTrieAtTheLongestList() {
        Map<String, Summary> times = Map.of("ringwall", ms(4.3), "LPM trie", ms(81));
        assertThat(text(TimeGoals.ready(new TreeMap<>(Map.of(10, times, 100_000, times)), "ringwall", "LPM trie")))
                .containsExactly("ready, 100000 prefixes: ms | LPM trie | 4.3 | 81.0 | 0.05 | 0.05 | yes");
        assertThat(TimeGoals.ready(new TreeMap<>(Map.of(10, times)), "ringwall", "LPM trie"))
                .isEmpty();
    }

    @Test
    void theCommandIsHeldToClangATimeAndALine() {
        assertThat(text(TimeGoals.commands(
                        Map.of("ringwallc", ms(210), "clang-19 -O2", ms(40)),
                        new TreeMap<>(Map.of(
                                10, Map.of("ringwallc", ms(160)),
                                1_000, Map.of("ringwallc", ms(170)),
                                100_000, Map.of("ringwallc", ms(1_460)))),
                        "ringwallc")))
                .containsExactly(
                        "compile, small policy: ms | clang-19 -O2 | 210.0 | 40.0 | 5.25 | 5.00 | no",
                        "compile, 100000 prefixes: ms | – | 1460.0 | – | 1460.0 | 1500.0 | yes",
                        "compile, 1000 to 100000 prefixes: growth of ms over those for 10 | itself | 1300.0 | 10.0 |"
                                + " 130.00 | 120.00 | no");
    }

    @Test
    void whatWasNotMeasuredIsNotHeld() {
        assertThat(TimeGoals.commands(
                        Map.of("ringwallc", ms(210)),
                        new TreeMap<>(Map.of(10, Map.of("ringwallc", ms(1)))),
                        "ringwallc"))
                .isEmpty();
        assertThat(TimeGoals.warm(Map.of("first", ms(4)), "port-allowlist")).isEmpty();
    }

    @Test
    void theWarmCompilerIsHeldToATime() {
        assertThat(text(TimeGoals.warm(Map.of("port-allowlist", ms(10.04)), "port-allowlist")))
                .containsExactly("compile, warm in process, port-allowlist: ms | – | 10.0 | – | 10.0 | 10.0 | yes");
        assertThat(text(TimeGoals.warm(Map.of("port-allowlist", ms(10.06)), "port-allowlist")))
                .containsExactly("compile, warm in process, port-allowlist: ms | – | 10.1 | – | 10.1 | 10.0 | no");
    }

    @Test
    void theTableCountsWhatIsMissed() {
        String method = Held.table(List.of(Held.count("a", 1, 0), Held.count("b", 0, 0)))
                .method();
        assertThat(method).endsWith("1 of 2 missed");
    }
}
