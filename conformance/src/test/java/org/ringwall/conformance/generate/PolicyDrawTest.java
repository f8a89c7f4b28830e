package org.ringwall.conformance.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.Comparison;

class PolicyDrawTest {
    private static final String MANY =
            IntStream.range(0, 800).mapToObj(seed -> PolicyDraw.of(seed).text()).collect(Collectors.joining());

    private static final String UNIX = IntStream.range(0, 50)
            .mapToObj(seed -> PolicyDraw.ofUnix(seed).text())
            .collect(Collectors.joining());

    @Test
    void equalSeedsGiveEqualPoliciesAndRequests() {
        assertThat(PolicyDraw.of(7)).isEqualTo(PolicyDraw.of(7));
        assertThat(PolicyDraw.of(7)).isNotEqualTo(PolicyDraw.of(8));
        GeneratedPolicy policy = PolicyDraw.of(7);
        assertThat(policy.requests(new Draw(3), Map.of(), 50)).isEqualTo(policy.requests(new Draw(3), Map.of(), 50));
    }

    @Test
    void everyConstructIsDrawn() {
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
                        "param p0 : int",
                        "param p0 : cgroup",
                        "param p0 : netns",
                        "::ffff:",
                        "::/0",
                        "0.0.0.0/0")
                .containsPattern("char \\d+:\\*")
                .containsPattern("\\d\\.\\.\\d");
    }
}
