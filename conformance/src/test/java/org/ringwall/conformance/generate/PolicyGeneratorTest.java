// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.Comparison;

class PolicyGeneratorTest {
    private static final String MANY = IntStream.range(0, 800)
            .mapToObj(seed -> PolicyGenerator.of(seed).text())
            .collect(Collectors.joining());

    private static final String STATE = IntStream.range(0, 800)
            .mapToObj(seed -> PolicyGenerator.ofState(seed).text())
            .collect(Collectors.joining());

    private static final String UNIX = IntStream.range(0, 50)
            .mapToObj(seed -> PolicyGenerator.ofUnix(seed).text())
            .collect(Collectors.joining());

    @Test
    void equalSeedsGiveEqualPoliciesAndRequests() {
        assertThat(PolicyGenerator.of(7)).isEqualTo(PolicyGenerator.of(7));
        assertThat(PolicyGenerator.of(7)).isNotEqualTo(PolicyGenerator.of(8));
        GeneratedPolicy policy = PolicyGenerator.of(7);
        assertThat(policy.requests(new RandomChoices(3), Map.of(), 50))
                .isEqualTo(policy.requests(new RandomChoices(3), Map.of(), 50));
    }

    @Test
    void everyConstructIsGenerated() {
        for (Field field : Field.values()) {
            assertThat(field == Field.PATH ? UNIX : MANY)
                    .containsPattern("\\b" + Pattern.quote(field.text()) + "(?!\\w)");
        }
        for (Comparison comparison : Comparison.values()) {
            assertThat(MANY).contains(" " + comparison.text() + " ").containsPattern(comparison.text() + " p\\d");
        }
        for (Intent intent : Intent.values()) {
            assertThat(MANY).contains("\n" + intent.text() + " {").containsPattern("\n" + intent.text() + " part\\d+");
        }
        for (String hook :
                "connect4 connect6 sendmsg4 sendmsg6 bind4 bind6 sock_create device sysctl skb_ingress skb_egress"
                        .split(" ", -1)) {
            assertThat(MANY).contains("\non " + hook + " {");
        }
        assertThat(MANY)
                .contains(" except ", " in {}", " not in ", " and ", " or ", "not (", "deny EACCES", "allow rw")
                .contains("requires kernel", "set nets", "set nodes", "set settings", " in nets", " in nodes")
                .contains(
                        "param p0 : port",
                        "param p0 : id",
                        "param p0 : int in",
                        "param p0 : int64 in",
                        "param p0 : cgroup",
                        "param p0 : netns",
                        "::ffff:",
                        "::/0",
                        "0.0.0.0/0")
                .containsPattern("char \\d+:\\*")
                .containsPattern("\\d\\.\\.\\d");
    }

    @Test
    void everyStateConstructIsGenerated() {
        for (LiveType type : LiveType.values()) {
            String name = "live_" + type.word() + "s";
            assertThat(STATE)
                    .containsPattern("live set " + name + " : " + type.word() + " max")
                    .containsPattern("live set " + name + " : " + type.word() + " within .* max")
                    .containsPattern(" in " + name + "\\b")
                    .containsPattern(" in \\{ " + name + ", ")
                    .containsPattern(" except " + name + "\\b");
        }
        for (CounterUnit unit : CounterUnit.values()) {
            assertThat(STATE).contains("f_" + unit.word() + ": " + unit.word());
        }
        assertThat(STATE)
                .as("counters and rates")
                .containsPattern("when tcp_closed .*count counter\\d")
                .containsPattern("counter\\d \\{")
                .containsPattern("counter\\d \\[\\w+] .* max \\d+\n")
                .containsPattern("counter\\d \\[\\w+, .* max \\d+ lru\n")
                .containsPattern("counter\\d \\[comm]")
                .containsPattern("rate\\d \\d+/s\n")
                .containsPattern("rate\\d per [\\w.]+ \\d+/s burst \\d+ max \\d+\n")
                .containsPattern("rate\\d per [\\w.]+, .* \\d+/m burst \\d+ max \\d+\n")
                .containsPattern("rate\\d per comm, uid \\d+/h.*\n")
                .contains(" within rate0 {", " else deny", " else allow", " else deny E");
        assertThat(STATE)
                .as("tables")
                .containsPattern("table\\d \\[[\\w.]+] within 127.* : 1..65535 max 100 default deny")
                .containsPattern("table\\d \\[[\\w.]+, .* within 2001.* : \\{ 80, .* except .* choices 64 default \\[")
                .containsPattern("redirect table\\d if")
                .containsPattern("redirect table\\d\\[[\\w.]+, ")
                .containsPattern("redirect \\d+\\.[\\d.]+:\\d+")
                .containsPattern("redirect \\[[0-9a-f:]+]:\\d+")
                .containsPattern("redirect \\d+\\.[\\d.]+:p\\d")
                .containsPattern("redirect \\[[0-9a-f:]+]:p\\d");
        assertThat(STATE)
                .as("records and monitors")
                .containsPattern("\\{ .*count counter\\d.*; log")
                .containsPattern("log at most \\d+/s")
                .containsPattern("log at most \\d+/m because \"")
                .containsPattern("log at most \\d+/h")
                .contains("log because \"", "{ because \"", "; because \"", "\\\"", "monitor policy")
                .containsPattern("monitor (allow|deny|redirect)")
                .containsPattern("monitor (egress|on \\w+)");
        assertThat(MANY + STATE)
                .as("predicates")
                .containsPattern("predicate predicate\\d = .*predicate\\d")
                .containsPattern("if predicate\\d")
                .containsPattern("not \\(predicate\\d\\)")
                .containsPattern("predicate\\d = .* in live_");
    }
}
