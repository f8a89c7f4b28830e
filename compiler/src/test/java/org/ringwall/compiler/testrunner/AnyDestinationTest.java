// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.source.SourceFile;

/**
 * The "any" destinations that become 127.0.0.1: reference evaluator and program agree, with this
 * result.
 */
class AnyDestinationTest {
    private static final String STATE = """
            policy p
            counter c [remote.ip] { n: attempts } max 5
            counter d [remote.port] { n: attempts } max 5
            rate r per remote.ip 5/s max 5
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            egress { allow if remote.ip == 127.0.0.1; default deny }                            | connect tcp 0.0.0.0:80          | becomes
            egress { allow if remote.ip == 127.0.0.1; default deny }                            | connect tcp [::ffff:0.0.0.0]:80 | becomes
            egress { allow if remote.ip == 127.0.0.1; default deny }                            | send udp 0.0.0.0:80             | becomes
            egress { allow if remote.ip == 127.0.0.1; default deny }                            | send udp [::ffff:0.0.0.0]:80    | becomes
            egress { allow if remote.ip in { 127.0.0.1, ::1 }; default deny }                   | connect tcp [::]:80             | stays
            egress { allow if remote.ip == 127.0.0.1; default deny }                            | connect tcp 127.0.0.1:80        | stays
            egress { deny if remote.ip == 127.0.0.1; default allow }                            | connect tcp 0.0.0.0:80          | denied
            egress { deny if remote.ip == 10.0.0.5; default allow }                             | connect tcp 0.0.0.0:80          | becomes
            egress { allow if remote.port == 80; deny if remote.ip == 10.0.0.5; default allow } | connect tcp 0.0.0.0:80          | becomes
            egress { default allow }                                                            | connect tcp 0.0.0.0:80          | stays
            egress { deny if remote.port == 81; default allow }                                 | connect tcp 0.0.0.0:80          | stays
            egress { default allow { log } }                                                    | connect tcp 0.0.0.0:80          | becomes
            egress { default allow { count c } }                                                | connect tcp 0.0.0.0:80          | becomes
            egress { default allow { count d } }                                                | connect tcp 0.0.0.0:80          | stays
            egress { allow if uid == 1 within r; default allow }                                | connect tcp 0.0.0.0:80          | becomes
            egress { monitor deny if remote.ip == 10.0.0.5; default allow }                     | connect tcp 0.0.0.0:80          | stays
            monitor egress { deny if remote.ip == 10.0.0.5 { log }; default allow }             | connect tcp 0.0.0.0:80          | stays
            on connect4 { deny if remote.ip == 10.0.0.5; default allow }                        | connect tcp [::ffff:0.0.0.0]:80 | stays
            on connect4 { allow if remote.ip == 127.0.0.1 { assign remote.ip = 10.0.0.1 }; default deny } | connect tcp 0.0.0.0:80 | assigned
            egress { redirect 127.0.0.1:3128 if remote.ip == 127.0.0.1; default deny }          | connect tcp 0.0.0.0:80          | redirected
            """)
    void becomesLoopbackIfARuleDependsOnTheAddress(String block, String line, String outcome) {
        String text = STATE + block + "\ntest \"any\" {\n  " + line + " => "
                + (outcome.equals("denied")
                        ? "deny"
                        : outcome.equals("redirected") ? "redirect 127.0.0.1:3128" : "allow")
                + "\n}\n";
        Compilation compilation = Compiler.compile(new SourceFile("any.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
        PolicyInForce force = PolicyInForce.of(compilation.policy(), compilation.object(), KernelVersion.V5_10);
        List<Request> requests =
                compilation.policy().tests().get(0).cases().get(0).probe().requests();
        PolicyInForce.Judgement judgement = force.judge(requests.get(requests.size() - 1));
        String writes = judgement.writes().stream().map(Effect::toString).collect(Collectors.joining("; "));
        assertThat(judgement.decision().verdict().allows()).isEqualTo(!outcome.equals("denied"));
        assertThat(writes)
                .isEqualTo(
                        switch (outcome) {
                            case "becomes" -> "remote.ip becomes 127.0.0.1";
                            case "assigned" -> "assign remote.ip = 10.0.0.1";
                            case "redirected" -> "redirect 127.0.0.1:3128";
                            default -> "";
                        });
    }
}
