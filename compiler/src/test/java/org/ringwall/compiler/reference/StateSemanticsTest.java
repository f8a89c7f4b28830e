// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/semantics.md sections 4, 12 and 13, on policies as users write them. */
class StateSemanticsTest {
    private static void holds(String text) {
        assertThat(PolicyText.of("policy p\n" + text).failures()).isEmpty();
    }

    @Test
    void reportsLinesWithAWrongExpectation() {
        PolicyText text = PolicyText.of("""
                policy p
                counter c { n: attempts }
                egress {
                  redirect 10.0.0.1:80 if remote.port == 80
                  deny { log because "no" ; count c }
                  default allow
                }
                test "wrong" {
                  connect tcp 1.1.1.1:80  => redirect 10.0.0.1:81
                  connect tcp 1.1.1.1:80  => redirect 10.0.0.2:80
                  connect tcp 1.1.1.1:80  => allow {}
                  connect tcp 1.1.1.1:81  => deny because "yes"
                  connect tcp 1.1.1.1:81  => deny { log }
                  connect tcp 1.1.1.1:81  => allow
                }
                test "right" {
                  connect tcp 1.1.1.1:80  => redirect 10.0.0.1:80
                  connect tcp 1.1.1.1:80  => redirect 10.0.0.1:80 {}
                  connect tcp 1.1.1.1:80  => allow
                  connect tcp 1.1.1.1:81  => deny because "no" { count c; log }
                }
                """);
        assertThat(text.failures()).hasSize(6);
    }

    @Test
    void liveSetsContainTheEntriesOfTheLineWithinTheirRange() {
        holds("""
                live set partners : net within { 203.0.113.0/24, 2001:db8::/32 } max 8
                live set gates : port max 8
                live set users : uid max 8
                egress {
                  allow if remote.ip in { partners, 192.0.2.1 } and remote.port not in gates
                  allow if remote.ip in 198.51.100.0/24 except partners
                  allow if remote.ip in 10.0.0.0/8 except { 10.9.0.0/16, partners } and uid in users
                  default deny
                }
                test "live" {
                  connect tcp 203.0.113.9:443                                                     => deny
                  connect tcp 203.0.113.9:443 with partners = { 203.0.113.0/28 }                  => allow
                  connect tcp 203.0.113.99:443 with partners = { 203.0.113.0/28 }                 => deny
                  connect tcp [::ffff:203.0.113.9]:443 with partners = { 203.0.113.9 }            => allow
                  connect tcp [2001:db8::5]:443 with partners = { 2001:db8::/64 }                 => allow
                  connect tcp 192.0.2.1:443                                                       => allow
                  connect tcp 192.0.2.1:443 with gates = { 80, 443..449 }                         => deny
                  connect tcp 10.1.1.1:443                                                        => deny
                  connect tcp 10.1.1.1:443 with users = { 1000 } as uid 1000                      => allow
                  connect tcp 10.9.1.1:443 with users = { 1000 } as uid 1000                      => deny
                  connect tcp 10.1.1.1:443 with users = { 1000 } as uid 1001                      => deny
                  connect tcp 198.51.100.7:1                                                      => allow
                }
                """);
    }

    @Test
    void aSetOfSingleAddressesContainsOnlyThem() {
        holds("""
                live set blocked : ip within { 203.0.113.0/24, 2001:db8::/32 } max 8
                egress {
                  deny if remote.ip in blocked
                  default allow
                }
                test "single" {
                  connect tcp 203.0.113.9:443                                               => allow
                  connect tcp 203.0.113.9:443 with blocked = { 203.0.113.9 }                => deny
                  connect tcp 203.0.113.9:443 with blocked = { 203.0.113.8, 203.0.113.10 }  => allow
                  connect tcp [::ffff:203.0.113.9]:443 with blocked = { 203.0.113.9/32 }    => deny
                  connect tcp [2001:db8::5]:443 with blocked = { 2001:db8::5/128 }          => deny
                  connect tcp [2001:db8::5]:443 with blocked = { 2001:db8:: }               => allow
                }
                """);
    }

    @Test
    void aDeviceSetContainsNumbersAndWholeMajors() {
        holds("""
                live set given : device within { char *:* } max 8
                devices {
                  allow if dev in given
                  default deny
                }
                test "devices" {
                  open char 195:3 r                                => deny
                  open char 195:3 r with given = { char 195:* }    => allow
                  open char 195:3 r with given = { char 195:2 }    => deny
                  open block 195:3 r with given = { char 195:* }   => deny
                }
                """);
    }

    @Test
    void aRateAllowsItsBurstAndThenOneTokenAtATime() {
        holds("""
                rate connects per ancestor(1) 2/s burst 3 max 2
                egress {
                  allow if remote.port == 443 within connects
                  default deny
                }
                test "buckets" {
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => deny
                  connect tcp 1.1.1.1:443 as ancestor 1 2              => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 3              => allow
                  after 499ms connect tcp 1.1.1.1:443 as ancestor 1 1  => deny
                  after 1ms connect tcp 1.1.1.1:443 as ancestor 1 1    => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => deny
                  connect tcp 1.1.1.1:80 as ancestor 1 2               => deny
                  after 1h connect tcp 1.1.1.1:443 as ancestor 1 1     => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => allow
                  connect tcp 1.1.1.1:443 as ancestor 1 1              => deny
                }
                test "another test begins anew" {
                  connect tcp 1.1.1.1:443 as ancestor 1 3              => allow
                }
                """);
    }

    @Test
    void theElseBranchDecidesIfNoTokenIsLeft() {
        holds("""
                rate slow 1/m
                counter usage { n: attempts }
                egress {
                  allow if remote.port == 1 within slow else deny { count usage }
                  default deny
                }
                on connect4 {
                  allow if uid == 7 within slow else allow { log }
                  default allow
                }
                test "two rules take of one bucket" {
                  connect tcp 1.1.1.1:1 as uid 7              => allow { count usage; log }
                  connect tcp 1.1.1.1:1 as uid 7              => deny { count usage }
                  after 1m connect tcp 1.1.1.1:1 as uid 8     => allow { count usage }
                }
                """);
        holds("""
                rate slow 1/m
                on connect4 {
                  allow if uid == 7 within slow else allow { log; assign remote.port = 2 }
                  redirect 10.0.0.1:80 if uid == 8 within slow else allow { log }
                  allow if uid == 9 within slow { log }
                  default deny
                }
                test "else allow writes nothing" {
                  connect tcp 1.1.1.1:1 as uid 7              => allow { log; assign remote.port = 2 }
                  connect tcp 1.1.1.1:1 as uid 7              => allow { log }
                  connect tcp 1.1.1.1:1 as uid 8              => allow { log }
                  connect tcp 1.1.1.1:1 as uid 9              => deny {}
                }
                test "each has its token" {
                  connect tcp 1.1.1.1:1 as uid 8              => redirect 10.0.0.1:80 { log }
                  connect tcp 1.1.1.1:1 as uid 8              => allow { log }
                }
                """);
    }

    @Test
    void aRedirectChoosesATableEntryByTheSocketCookie() {
        holds("""
                param proxy : port in 1..9999 = 3128
                table backends [remote.ip, remote.port] within { 10.0.0.0/8 } : 8000..8999 max 4 choices 2 default deny
                table spare [uid] within 10.0.0.0/8 : 1..65535 max 4 default 10.0.0.9:9
                egress {
                  allow if uid == 990
                  redirect 127.0.0.1:proxy if remote.port == 80
                  redirect backends[remote.ip, remote.port] if remote.port == 443
                  redirect spare if remote.port == 22
                  redirect [2001:db8::1]:53 if remote.port == 53
                  default deny
                }
                test "whereto" {
                  connect tcp 1.1.1.1:80                       => redirect 127.0.0.1:3128
                  connect tcp 1.1.1.1:80 as uid 990            => allow {}
                  connect tcp [2001:db8::9]:80 with proxy = 8  => redirect 127.0.0.1:8
                  send udp [2001:db8::9]:80                    => deny
                  connect tcp 1.1.1.1:443                      => deny
                  connect tcp 1.1.1.1:443 with backends[1.1.1.1, 443] = 10.0.0.5:8080  => redirect 10.0.0.5:8080
                  connect tcp 1.1.1.1:443 with backends[1.1.1.2, 443] = 10.0.0.5:8080  => deny
                  connect tcp 1.1.1.1:443 with backends[1.1.1.1, 443] = { 10.0.0.5:8080, 10.0.0.6:8081 } as cookie 1  => redirect 10.0.0.6:8081
                  connect tcp 1.1.1.1:443 with backends[1.1.1.1, 443] = { 10.0.0.5:8080, 10.0.0.6:8081 } as cookie 2  => redirect 10.0.0.5:8080
                  connect tcp 1.1.1.1:22                       => redirect 10.0.0.9:9
                  connect tcp 1.1.1.1:22 with spare[1000] = 10.0.0.8:8  => redirect 10.0.0.8:8
                  connect tcp 1.1.1.1:53                       => deny
                  connect tcp [2001:db8::9]:53                 => redirect [2001:db8::1]:53
                }
                """);
    }

    @Test
    void aRedirectDeniesCreatingASocketThatNoHookChecksLater() {
        holds("""
                egress {
                  redirect 127.0.0.1:3128 if type == raw
                  allow if type == raw
                  default deny
                }
                test "raw" {
                  socket inet raw icmp  => deny
                  socket inet stream    => allow
                }
                """);
    }

    @Test
    void blocksAfterARedirectTestTheOriginalDestination() {
        holds("""
                egress first {
                  redirect 10.0.0.1:80 if remote.port == 443
                  default allow
                }
                egress second {
                  deny if remote.ip == 10.0.0.1
                  deny if remote.ip == 192.0.2.66
                  default allow
                }
                test "two blocks" {
                  connect tcp 1.1.1.1:443      => redirect 10.0.0.1:80
                  connect tcp 192.0.2.66:443   => deny {}
                  connect tcp 10.0.0.1:80      => deny
                }
                """);
    }

    @Test
    void aMonitoredRuleRecordsAndEvaluationContinues() {
        PolicyText text = PolicyText.of("""
                policy p
                rate slow 1/m
                egress {
                  monitor deny if remote.port == 22 { log because "soon" }
                  monitor allow if remote.port == 23 within slow { log }
                  allow if remote.port in { 22, 23 } { log }
                  default deny
                }
                monitor bind {
                  deny { log }
                  default allow
                }
                test "watched" {
                  connect tcp 1.1.1.1:22  => allow { log; log }
                  connect tcp 1.1.1.1:23  => allow { log; log }
                  connect tcp 1.1.1.1:23  => allow { log; log }
                  connect tcp 1.1.1.1:24  => deny {}
                  bind tcp 0.0.0.0:1      => allow { log }
                }
                """);
        assertThat(text.failures()).isEmpty();
        List<List<Recorded>> records = text.records();
        assertThat(records.get(0).stream().map(Recorded::monitored)).containsExactly(true, false);
        assertThat(records.get(0).get(0).verdict().orElseThrow().allows()).isFalse();
        assertThat(records.get(4)).singleElement().satisfies(record -> {
            assertThat(record.monitored()).isTrue();
            assertThat(record.verdict().orElseThrow().allows()).isFalse();
        });
    }

    @Test
    void aMonitoredPolicyMonitorsAllItsBlocks() {
        assertThat(PolicyText.of("""
                                monitor policy p
                                egress { redirect 10.0.0.1:80 if remote.port == 80 { log }; default deny { log } }
                                test "nothing is done" {
                                  connect tcp 1.1.1.1:80  => allow { log }
                                  connect tcp 1.1.1.1:81  => allow { log }
                                }
                                """).failures()).isEmpty();
    }

    @Test
    void onlyTheDecidingBlockAndWhenRulesRecord() {
        holds("""
                counter tries [uid] { n: attempts } max 5
                counter refused { n: attempts }
                counter allowed { n: attempts }
                egress first {
                  when remote.port == 25 { count tries; log }
                  allow if uid == 1 { count allowed }
                  default allow
                }
                egress second {
                  deny if remote.port == 25 { count refused }
                  default allow
                }
                test "who tells" {
                  connect tcp 1.1.1.1:25 as uid 1  => deny { count tries; log; count refused }
                  connect tcp 1.1.1.1:26 as uid 1  => allow { count allowed }
                  connect tcp [::]:25 as uid 2     => deny { count tries; log; count refused }
                }
                """);
    }

    @Test
    void counterKeysAreFieldsOfTheRequest() {
        PolicyText text = PolicyText.of("""
                policy p
                counter c [remote.ip, remote.port, proto, comm] { n: attempts } max 5
                egress { default allow { count c } }
                test "keys" {
                  connect tcp [::ffff:192.0.2.1]:80 as comm "curl"  => allow { count c }
                  connect tcp 0.0.0.0:80 as comm "curl"             => allow { count c }
                  send udp [::]:53 as comm "dig"                    => allow { count c }
                }
                """);
        assertThat(text.failures()).isEmpty();
        assertThat(text.records().stream().map(all -> all.get(0).key().toString()))
                .containsExactly(
                        "[192.0.2.1, 80, 6, \"curl\"]", "[127.0.0.1, 80, 6, \"curl\"]", "[::1, 53, 17, \"dig\"]");
    }
}
