// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.SourceFile;

class ExplanationTest {
    private static String why(String blocks, String probe) {
        String text = "policy t\n" + blocks + "test \"s\" {\n  " + probe + " => allow\n}\n";
        Policy policy = Compiler.compile(new SourceFile("t.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .policy();
        return Explanation.of(
                        policy, Map.of(), policy.tests().get(0).cases().get(0).probe())
                .text();
    }

    @Test
    void listsEveryEvaluatedRuleWithTheTestedValues() {
        String text = why("""
                egress {
                  allow if proto == tcp and remote.port in { 443 }
                  deny  if remote.ip in 10.0.0.0/8
                  default deny
                }
                """, "connect tcp 1.1.1.1:80");
        assertThat(text).isEqualTo("""
                        connect tcp 1.1.1.1:80
                          sock_create inet stream tcp uid 1000 gid 1000: allow
                            egress: decided later, when this socket connects or sends
                          connect4 1.1.1.1 port 80 stream tcp uid 1000 gid 1000: deny
                            egress
                              t.wall:3: allow if proto == tcp and remote.port in { 443 }  (false)
                                proto = tcp (true), remote.port = 80 (false)
                              t.wall:4: deny if remote.ip in 10.0.0.0/8  (false)
                                remote.ip = 1.1.1.1 (false)
                              t.wall:5: default deny  (decides)
                        => deny
                        """);
    }

    @Test
    void showsTheValuesOfComparedParams() {
        String params = "param open : port in 1..65535 = 443\nparam web : uid in 1..100000 = 1000\n";
        String blocks = """
                egress {
                  allow if (remote.port == open or remote.port > open) and uid != web
                  deny if uid == web
                  default deny
                }
                """;
        assertThat(why(params + blocks, "connect tcp 1.1.1.1:443"))
                .contains(
                        " t.wall:6: deny if uid == web  (decides)\n" + "        uid = 1000 (true), param web = 1000\n");
        assertThat(why(params + blocks, "connect tcp 1.1.1.1:80 as uid 7"))
                .contains("        remote.port = 80 (false), remote.port = 80 (false), uid = 7 (true),"
                        + " param open = 443, param web = 1000\n");
    }

    @Test
    void showsAnUnknownRemoteAsUnknown() {
        String text = why("""
                egress {
                  allow if remote.ip in 10.0.0.0/8
                  allow if type == raw
                  default deny
                }
                """, "socket inet raw icmp");
        assertThat(text).isEqualTo("""
                        socket inet raw icmp
                          sock_create inet raw icmp uid 1000 gid 1000: allow
                            egress, for a socket whose remote end is not known yet
                              t.wall:3: allow if remote.ip in 10.0.0.0/8  (unknown)
                                remote.ip is not known yet (unknown)
                              t.wall:4: allow if type == raw  (decides)
                                type = raw (true)
                        => allow
                        """);
    }

    @Test
    void theAnyAddressIsExplainedAsBothLoopbacks() {
        String text = why("""
                egress {
                  deny if remote.ip == 127.0.0.1
                  default allow
                }
                """, "connect tcp [::]:80");
        assertThat(text).contains("as ::1\n").contains("as 127.0.0.1\n").endsWith("=> deny\n");
        assertThat(text.indexOf("as ::1\n")).isLessThan(text.indexOf("as 127.0.0.1\n"));
    }

    @Test
    void aHookWithoutABlockAllows() {
        String text = why("devices {\n  default deny\n}\n", "read \"kernel/hostname\"");
        assertThat(text).isEqualTo("""
                        read "kernel/hostname"
                          sysctl read kernel/hostname uid 1000 gid 1000: allow
                            no block has rules for this request
                        => allow
                        """);
    }

    @Test
    void aRedirectIsShownWithItsDestinationAndARecordWithItsRate() {
        String text = why("""
                egress {
                  when remote.port == 80 { log at most 10/s }
                  redirect 127.0.0.1:3128 if remote.port == 80
                  default allow
                }
                """, "connect tcp 1.1.1.1:80");
        assertThat(text)
                .contains("connect4 1.1.1.1 port 80 stream tcp uid 1000 gid 1000: "
                        + "redirected to 127.0.0.1:3128 { log at most 10/s }\n");
    }
}
