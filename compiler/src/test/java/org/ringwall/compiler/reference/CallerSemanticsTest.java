// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * docs/semantics.md section 7: a caller in the root cgroup is a kernel worker of unknown identity.
 */
class CallerSemanticsTest {
    private static void holds(String text) {
        assertThat(PolicyText.of("policy p\n" + text).failures()).isEmpty();
    }

    @Test
    void aKernelWorkerIsDeniedWhereARuleDependsOnTheCaller() {
        holds("""
                requires kernel 6.1
                egress {
                  allow if remote.port == 22
                  allow if uid == 33
                  default deny ECONNREFUSED
                }
                test "guard" {
                  connect tcp 1.1.1.1:80 as uid 33            => allow {}
                  connect tcp 1.1.1.1:80 as uid 33 cgroup 1   => deny EPERM {}
                  connect tcp 1.1.1.1:22 as uid 33 cgroup 1   => deny EPERM {}
                  connect tcp [2001:db8::1]:22 as cgroup 1    => deny EPERM {}
                  connect tcp 1.1.1.1:80 as uid 34            => deny ECONNREFUSED {}
                  send udp 1.1.1.1:22 as cgroup 1             => allow {}
                }
                """);
    }

    @Test
    void aKeyWithAFieldOfTheCallerDependsOnTheCaller() {
        holds("""
                table spread [uid] within 127.0.0.0/8 : 1..65535 max 4 default 127.0.0.1:3128
                egress {
                  redirect spread if remote.port == 80
                  default allow
                }
                test "table" {
                  connect tcp 1.1.1.1:443            => allow
                  connect tcp 1.1.1.1:443 as cgroup 1 => deny EPERM
                }
                """);
        holds("""
                rate slow per ancestor(1) 1/m
                egress {
                  allow if remote.port == 80 within slow
                  default allow
                }
                test "rate" {
                  connect tcp 1.1.1.1:443 as cgroup 1 => deny EPERM
                }
                """);
    }

    @Test
    void rulesWithoutAVerdictDoNotDependOnTheCaller() {
        holds("""
                counter who [uid] { tries: attempts } max 8
                egress {
                  when uid == 33 { count who }
                  monitor deny if uid == 1000 { log }
                  allow if netns != 0 and cookie != 0
                  default deny
                }
                monitor egress {
                  deny if gid == 1000 { log }
                  default allow
                }
                test "records" {
                  connect tcp 1.1.1.1:443 as cgroup 1        => allow { log; log }
                  connect tcp 1.1.1.1:443 as uid 33 cgroup 1 => allow { count who; log }
                }
                """);
    }
}
