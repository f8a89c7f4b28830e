// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.report.TestReport;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/** Sequences of requests on programs and reference evaluator, which must agree on each one. */
class PolicyInForceTest {
    private static final long SECOND = 1_000_000_000;

    static List<ByteOrder> orders() {
        return List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
    }

    private static Compilation compile(String text, ByteOrder order) {
        var result = Compiler.compile(new SourceFile("t.wall", text), new Settings(List.of(), order, Map.of()));
        return result.compilation().orElseThrow(() -> new AssertionError(result.diagnostics()));
    }

    private static PolicyInForce inForce(Compilation compilation) {
        KernelVersion kernel =
                compilation.policy().requires().orElse(KernelVersion.V5_10).max(KernelVersion.V5_10);
        return PolicyInForce.of(compilation.policy(), compilation.object(), kernel);
    }

    /** Checks that every line has its expected result, on programs and reference evaluator. */
    private static void holds(String text, ByteOrder order) {
        Compilation compilation = compile(text, order);
        KernelVersion kernel =
                compilation.policy().requires().orElse(KernelVersion.V5_10).max(KernelVersion.V5_10);
        for (TestReport result : PolicyTestRunner.run(compilation.policy(), compilation.object(), kernel)) {
            assertThat(result.cases())
                    .isNotEmpty()
                    .allSatisfy(line ->
                            assertThat(line.passed()).as("%s", line.decision()).isTrue());
        }
    }

    /** Returns the last request of each line of the policy's only test. */
    private static List<Request> requests(Compilation compilation) {
        PolicyTest test = compilation.policy().tests().get(0);
        return test.cases().stream()
                .map(line -> line.probe().requests())
                .map(requests -> requests.get(requests.size() - 1))
                .toList();
    }

    /**
     * Two or three ports are tested by a product. It must not overflow to 0 for 444, whose
     * differences from the three ports have many zero bits together, and must be 0 for 443, whose
     * second byte has its top bit set.
     */
    @ParameterizedTest
    @MethodSource("orders")
    void fewPortsOfAnEventAreDistinguishedFromAllOthers(ByteOrder order) {
        holds("""
                policy ports
                on sock_ops {
                  when remote.port in { 296, 443 } { assign sk_txhash = 2 }
                  when rwnd_init and remote.port in { 296, 443, 11465 } { reply 3 }
                }
                test "ports" {
                  event rwnd_init 192.0.2.1:296          => allow { assign sk_txhash = 2; reply 3 }
                  event rwnd_init 192.0.2.1:443          => allow { assign sk_txhash = 2; reply 3 }
                  event rwnd_init [2001:db8::1]:443      => allow { assign sk_txhash = 2; reply 3 }
                  event rwnd_init 192.0.2.1:11465        => allow { reply 3 }
                  event rwnd_init 192.0.2.1:444          => allow {}
                  event rwnd_init 192.0.2.1:297          => allow {}
                  event rwnd_init 192.0.2.1:187          => allow {}
                  event rwnd_init 192.0.2.1:0            => allow {}
                  event rwnd_init 192.0.2.1:65535        => allow {}
                }
                """, order);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void liveSetsOfEveryTypeContainTheEntriesOfALine(ByteOrder order) {
        holds("""
                policy sets
                live set partners : net within { 203.0.113.0/24, 2001:db8::/32 } max 64
                live set web : port within { 1..1023 } max 8
                live set team : uid max 16
                live set disks : device max 8
                live set groups : cgroup max 8
                egress {
                  allow if remote.ip in partners and remote.port in web
                  allow if uid in team
                  allow if cgroup in groups
                  default deny
                }
                devices {
                  allow if dev in disks
                  default deny
                }
                test "sets" {
                  connect tcp 203.0.113.9:443                                                             => deny
                  connect tcp 203.0.113.9:443 with partners = { 203.0.113.9 }                             => deny
                  connect tcp 203.0.113.9:443 with partners = { 203.0.113.0/28 }, web = { 80, 440..446 }  => allow
                  connect tcp [::ffff:203.0.113.9]:443 with partners = { 203.0.113.8/31 }, web = { 443 }  => allow
                  connect tcp 203.0.113.16:443 with partners = { 203.0.113.0/28 }, web = { 443 }          => deny
                  connect tcp [2001:db8:1::9]:80 with partners = { 2001:db8:1::/48 }, web = { 80 }        => allow
                  connect tcp [2001:db8:2::9]:80 with partners = { 2001:db8:1::/48 }, web = { 80 }        => deny
                  connect tcp 192.0.2.1:9 with team = { 1000 }                                            => allow
                  connect tcp 192.0.2.1:9 with team = { 1001 }                                            => deny
                  connect tcp 192.0.2.1:9 with groups = { 77 } as cgroup 77                               => allow
                  open block 8:3 rw with disks = { block 8:3 }                                          => allow
                  open block 8:4 rw with disks = { block 8:3 }                                          => deny
                  open char 81:4 r with disks = { block 8:3, char 81:* }                                => allow
                }
                """, order);
    }

    /**
     * The loopback that replaces `0.0.0.0` and `::` is a constant of the program; other addresses
     * are as the kernel passes them.
     */
    @ParameterizedTest
    @MethodSource("orders")
    void aLiveSetOfSingleAddressesContainsOnlyThem(ByteOrder order) {
        holds("""
                policy singles
                requires kernel 5.18
                live set free : ip max 64
                live set ranged : ip within { 203.0.113.0/24, 2001:db8::/32 } max 64
                egress {
                  allow if remote.ip in free
                  deny EACCES if remote.ip in ranged
                  default deny
                }
                packets ingress {
                  deny if remote.ip in free or local.ip in ranged
                  default allow
                }
                test "singles" {
                  connect tcp 198.51.100.2:443                                              => deny EPERM
                  connect tcp 198.51.100.2:443 with free = { 198.51.100.2 }                 => allow
                  connect tcp 198.51.100.2:443 with free = { 198.51.100.1, 198.51.100.3 }   => deny EPERM
                  connect tcp 198.51.100.2:443 with free = { 2.100.51.198, ::198.51.100.2 } => deny EPERM
                  connect tcp [::ffff:198.51.100.2]:443 with free = { 198.51.100.2 }        => allow
                  connect tcp 198.51.100.2:443 with free = { ::ffff:198.51.100.2/128 }      => allow
                  connect tcp 0.0.0.0:443 with free = { 127.0.0.1 }                         => allow
                  connect tcp [::]:443 with free = { ::1, 127.0.0.1 }                       => allow
                  connect tcp [::]:443 with free = { ::1 }                                  => deny EPERM
                  connect tcp [2001:db8::102:304]:443 with free = { 2001:db8::102:304 }     => allow
                  connect tcp [2001:db8::102:304]:443 with free = { 2001:db8::102:305 }     => deny EPERM
                  connect tcp [2001:db8::102:304]:443 with free = { 2001:db9::102:304 }     => deny EPERM
                  connect tcp [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1 with free = { ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff } => allow
                  connect tcp 203.0.113.9:443 with ranged = { 203.0.113.9 }                 => deny EACCES
                  connect tcp 203.0.113.9:443 with ranged = { 203.0.113.8 }                 => deny EPERM
                  connect tcp [2001:db8::9]:443 with ranged = { 2001:db8::9 }               => deny EACCES
                  connect tcp [2001:db8::9]:443 with ranged = { 203.0.113.9 }               => deny EPERM
                  packet ingress tcp 198.51.100.2:443                                       => allow
                  packet ingress tcp 198.51.100.2:443 with free = { 198.51.100.2 }          => deny
                  packet ingress tcp 198.51.100.2:443 with free = { 198.51.100.3 }          => allow
                  packet ingress tcp [2001:db8::9]:443 with free = { 2001:db8::9 }          => deny
                  packet ingress tcp [2001:db8::9]:443 with free = { 2001:db8::8 }          => allow
                }
                """, order);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void liveSetsMatchTheLengthAndTheValueOfAnOption(ByteOrder order) {
        holds("""
                policy options
                live set lengths : int max 8
                live set values : int within { 1..255 } max 8
                sockopt {
                  deny if optlen in lengths
                  deny if optval in values
                  default allow
                }
                test "options" {
                  setsockopt SO_MARK = 7                                       => allow
                  setsockopt SO_MARK = 7 with lengths = { 1, 4 }               => deny
                  setsockopt SO_MARK = 7 with lengths = { 7, 8 }               => allow
                  setsockopt SO_MARK = 7 with values = { 7 }                   => deny
                  setsockopt SO_MARK = 7 with values = { 4 }                   => allow
                }
                """, order);
    }

    /**
     * The length of the option stays in a register, and the caller's identity as far as registers
     * are left.
     */
    @ParameterizedTest
    @MethodSource("orders")
    void keepsTheLengthOfAnOptionAndTheIdentityOfTheCaller(ByteOrder order) {
        holds("""
                policy options
                requires kernel 6.1
                counter tries [netns, ancestor(1), pid] { tries: attempts } max 8
                counter times [netns, ancestor(1), pid] { last: time } max 8
                rate few per netns, ancestor(1), pid 1/s
                sockopt {
                  allow if optval == 7 within few else deny { count tries; count times; log }
                  default deny
                }
                test "options" {
                  setsockopt SO_MARK = 7                                       => allow
                  setsockopt SO_MARK = 7                                       => deny
                  setsockopt SO_MARK = 8                                       => deny
                }
                """, order);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void tokensRunOutAndAreRefilled(ByteOrder order) {
        holds("""
                policy rates
                rate few per uid 2/s burst 2 max 2
                egress {
                  allow if remote.port == 443 within few else deny
                  default deny { because "no" }
                }
                test "tokens" {
                  connect tcp 192.0.2.1:443                 => allow
                  connect tcp 192.0.2.1:443                 => allow
                  connect tcp 192.0.2.1:443                 => deny
                  connect tcp 192.0.2.1:443 as uid 7        => allow
                  connect tcp 192.0.2.1:443 as uid 8        => allow
                  after 499ms connect tcp 192.0.2.1:443     => deny
                  after 1ms connect tcp 192.0.2.1:443       => allow
                  connect tcp 192.0.2.1:443                 => deny
                  connect tcp 192.0.2.1:80                  => deny because "no"
                }
                """, order);
    }

    /**
     * In a rate with one set, eight keys have their own buckets. Two more share one until others
     * are full again.
     */
    @ParameterizedTest
    @MethodSource("orders")
    void keysBeyondTheCapacityShareABucket(ByteOrder order) {
        StringBuilder text = new StringBuilder("""
                policy crowded
                rate few per uid 2/s burst 1 max 4
                egress {
                  allow if remote.port == 443 within few
                  default deny
                }
                test "crowd" {
                """);
        for (int uid = 1; uid <= 9; uid++) {
            text.append("connect tcp 192.0.2.1:443 as uid " + uid + " => allow\n");
        }
        text.append("""
                  connect tcp 192.0.2.1:443 as uid 10              => deny
                  connect tcp 192.0.2.1:443 as uid 1               => deny
                  after 500ms connect tcp 192.0.2.1:443 as uid 10  => allow
                  connect tcp 192.0.2.1:443 as uid 10              => deny
                  connect tcp 192.0.2.1:443 as uid 9               => allow
                }
                """);
        holds(text.toString(), order);
    }

    /**
     * With more keys than a rate of several sets has room for, programs and reference evaluator
     * agree on which keys share a bucket.
     */
    @ParameterizedTest
    @MethodSource("orders")
    void programsAndReferenceShareBucketsEqually(ByteOrder order) {
        Compilation compilation = compile("""
                policy crowded
                rate few per remote.ip, uid, comm 2/s burst 2 max 40
                on connect4 {
                  allow within few
                  default deny
                }
                """, order);
        PolicyInForce force = inForce(compilation);
        SplittableRandom random = new SplittableRandom(7);
        Rate few = compilation.policy().state().rates().get(0);
        for (int i = 0; i < 400; i++) {
            Actor actor = new Actor(random.nextInt(3), 1).named(ByteString.of("c" + random.nextInt(5)));
            RawAddress address = new RawAddress(true, U128.of(0x0a000000L + random.nextInt(20)));
            force.judge(new Request.AtAddress(Hook.CONNECT4, address, 443, 6, 1, actor));
            force.pass(random.nextInt(3) * SECOND / 1000);
        }
        assertThat(force.maps().shared(few)).isPositive();
    }

    @ParameterizedTest
    @MethodSource("orders")
    void countsAreSummedOverCpusAndLostIfTheMapIsFull(ByteOrder order) {
        Compilation compilation = compile("""
                policy counts
                counter usage [uid, remote.ip, comm] { tries: attempts, last: time } max 2
                counter young [remote.port] { tries: attempts } max 2 lru
                counter all { seen: attempts, sent: datagrams }
                on connect4 {
                  when remote.port != 0 { count usage; count young; count all }
                  default deny
                }
                on sendmsg4 {
                  default allow { count all }
                }
                test "requests" {
                  connect tcp 192.0.2.1:1                  => deny
                  connect tcp 192.0.2.1:2                  => deny
                  connect tcp 192.0.2.2:3                  => deny
                  connect tcp 192.0.2.3:1                  => deny
                  send udp 192.0.2.3:1                     => allow
                }
                """, order);
        PolicyInForce inForce = inForce(compilation);
        for (Request request : requests(compilation)) {
            inForce.pass(SECOND);
            inForce.judge(request);
        }

        var counters = compilation.policy().state().counters();
        assertThat(inForce.maps().counts(counters.get(0)).values())
                .containsExactlyInAnyOrder(List.of(2L, 2 * SECOND), List.of(1L, 3 * SECOND));
        assertThat(inForce.maps().lost(compilation.policy(), "counter_usage")).isEqualTo(1);
        assertThat(inForce.maps().counts(counters.get(1)).keySet())
                .containsExactlyInAnyOrder(List.of(new KeyValue.OfNumber(3)), List.of(new KeyValue.OfNumber(1)));
        assertThat(inForce.maps().counts(counters.get(2))).containsEntry(List.of(), List.of(5L, 1L));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void eventsDescribeTheRequestAndCountSuppressedOnes(ByteOrder order) {
        Compilation compilation = compile("""
                policy events
                on connect4 {
                  deny if remote.port == 25 { log at most 1/s because "mail" }
                  monitor deny if uid == 1000 { log }
                  default allow
                }
                test "requests" {
                  connect tcp 192.0.2.1:25                 => deny
                  connect tcp 192.0.2.1:25                 => deny
                  connect tcp 192.0.2.1:25                 => deny
                  connect tcp 192.0.2.1:80                 => allow
                }
                """, order);
        PolicyInForce inForce = inForce(compilation);
        List<Request> requests = requests(compilation);

        Event first = inForce.judge(requests.get(0)).events().get(0);
        assertThat(first.rule()).isZero();
        assertThat(first.verdict()).isEqualTo(EventLayout.DENIED);
        assertThat(first.fields())
                .containsEntry("errno", new KeyValue.OfNumber(1))
                .containsEntry("remote_port", new KeyValue.OfNumber(25))
                .doesNotContainKey("local_ip");
        assertThat(inForce.judge(requests.get(1)).events()).isEmpty();
        inForce.pass(SECOND);
        assertThat(inForce.judge(requests.get(2)).events()).singleElement().satisfies(event -> {
            assertThat(event.suppressed()).isEqualTo(1);
            assertThat(event.time()).isEqualTo(SECOND);
        });
        assertThat(inForce.judge(requests.get(3)).events()).singleElement().satisfies(event -> {
            assertThat(event.monitored()).isTrue();
            assertThat(event.rule()).isEqualTo(1);
        });
    }

    /** Read is decided before write, although the rule of `write` is the first one in the text. */
    @ParameterizedTest
    @MethodSource("orders")
    void recordsOfOneRequestAreInSourceOrder(ByteOrder order) {
        String few = "when gid == 1000 { log }";
        String many = "when dev.minor in 1..3 { log }\nwhen dev.major in 1..8 { log }\nwhen comm == \"test\" { log }\n"
                + "when dev.minor in 2..9 and gid in 7..2000 { log }\nwhen uid in 1000..2000 and gid < 7000 { log }\n"
                + few;
        for (String rules : List.of(few, many)) {
            Compilation compilation = compile("""
                    policy ordered
                    requires kernel 6.1
                    devices {
                      deny if write and dev.minor != 2 { log }
                      when write { log }
                      %s
                      default allow { log }
                    }
                    test "requests" {
                      open block 8:3 rw => deny
                      open block 8:2 rw => allow
                    }
                    """.formatted(rules), order);
            assertThat(compilation.diagrams().decisions())
                    .allSatisfy(
                            decision -> assertThat(decision.effects().isEmpty()).isEqualTo(rules.equals(few)));
            PolicyInForce inForce = inForce(compilation);
            List<Request> requests = requests(compilation);
            assertThat(inForce.judge(requests.get(0)).events())
                    .extracting(Event::rule)
                    .startsWith(0)
                    .doesNotContain(1)
                    .isSorted();
            assertThat(inForce.judge(requests.get(1)).events())
                    .extracting(Event::rule)
                    .startsWith(1)
                    .isSorted();
        }
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aRedirectedSocketReportsItsOriginalDestination(ByteOrder order) {
        holds("""
                policy led
                param proxy_port : port in 1024..65535 = 3128
                set lan = { 10.0.0.0/8 }
                table backends [remote.ip, remote.port] within lan : 1..65535 max 8 choices 4 default deny
                egress {
                  redirect 127.0.0.1:proxy_port if remote.port == 80
                  redirect backends if remote.ip in lan
                  default allow
                }
                test "led" {
                  connect tcp 192.0.2.9:80                                                                  => redirect 127.0.0.1:3128
                  connect tcp 192.0.2.9:80 with proxy_port = 4000                                           => redirect 127.0.0.1:4000
                  connect tcp 10.0.0.9:443                                                                  => deny
                  connect tcp 10.0.0.9:443 with backends[10.0.0.9, 443] = { 10.0.0.5:8080 }                 => redirect 10.0.0.5:8080
                  connect tcp 10.0.0.9:443 with backends[10.0.0.9, 443] = { 10.0.0.5:1, 10.0.0.6:2 }        => allow
                  connect tcp [::ffff:192.0.2.9]:80                                                         => redirect 127.0.0.1:3128
                  peername tcp 127.0.0.1:3128                                                            => allow
                  peername tcp 10.0.0.5:8080                                                             => allow
                  peername tcp 192.0.2.77:443                                                            => allow
                }
                """, order);
    }
}
