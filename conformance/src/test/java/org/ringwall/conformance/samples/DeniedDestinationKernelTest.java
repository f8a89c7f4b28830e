// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.SocketCall;
import org.ringwall.conformance.kernel.SocketCall.Operation;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** A test that a denied destination cannot be reached by any system call or socket type. */
@KernelTest
class DeniedDestinationKernelTest {
    private static final Actor ROOT = new Actor(0, 0);
    private static final RawAddress V4 = v4(0x7f000001L);
    private static final RawAddress MAPPED = v6(0, 0xffff_7f00_0001L);
    private static final RawAddress V6 = v6(0, 1);
    private static final int PORT = 4660;
    private static final int MPTCP = 262;
    private static final int UDPLITE = 136;
    private static final Answer NO_SUCH_PROTOCOL = new Answer(93, "socket");

    private static final String NO_LOOPBACK = """
            policy no_loopback
            egress {
              deny if remote.ip in { 127.0.0.0/8, ::1 } and remote.port == 4660
              default allow
            }
            """;

    private record NamedCall(String name, SocketCall call) {}

    private static final List<NamedCall> CALLS = List.of(
            named("TCP connect", Operation.CONNECT, 2, 1, 6, V4),
            named("TCP connect to the v4-mapped address", Operation.CONNECT, 10, 1, 6, MAPPED),
            named("TCP connect over IPv6", Operation.CONNECT, 10, 1, 6, V6),
            named("MPTCP connect", Operation.CONNECT, 2, 1, 262, V4),
            named("MPTCP connect to the v4-mapped address", Operation.CONNECT, 10, 1, 262, MAPPED),
            named("TCP Fast Open by sendto", Operation.FASTOPEN, 2, 1, 6, V4),
            named("TCP Fast Open by sendto over IPv6", Operation.FASTOPEN, 10, 1, 6, V6),
            named("TCP Fast Open by connect", Operation.FASTOPEN_CONNECT, 2, 1, 6, V4),
            named("UDP connect", Operation.CONNECT, 2, 2, 17, V4),
            named("UDP without connect", Operation.SEND, 2, 2, 17, V4),
            named("UDP without connect to the v4-mapped address", Operation.SEND, 10, 2, 17, MAPPED),
            named("UDP without connect over IPv6", Operation.SEND, 10, 2, 17, V6),
            named("UDP connect of an IPv6 socket to an IPv4 address", Operation.CONNECT, 10, 2, 17, V4),
            named("UDP of an IPv6 socket to an IPv4 address, without connect", Operation.SEND, 10, 2, 17, V4),
            named("UDP-Lite without connect", Operation.SEND, 2, 2, 136, V4),
            named("TCP connect to 0.0.0.0", Operation.CONNECT, 2, 1, 6, v4(0)),
            named("TCP connect to ::", Operation.CONNECT, 10, 1, 6, v6(0, 0)),
            named("TCP connect to ::ffff:0.0.0.0", Operation.CONNECT, 10, 1, 6, v6(0, 0xffff_0000_0000L)),
            named("UDP to 0.0.0.0 without connect", Operation.SEND, 2, 2, 17, v4(0)),
            named("UDP to :: without connect", Operation.SEND, 10, 2, 17, v6(0, 0)),
            named("UDP to ::ffff:0.0.0.0 without connect", Operation.SEND, 10, 2, 17, v6(0, 0xffff_0000_0000L)),
            named("another address of the net", Operation.CONNECT, 2, 1, 6, v4(0x7f112233L)));

    /** Uses one process for all cases, because starting a process takes longer than its calls. */
    @TestFactory
    Stream<DynamicTest> noCallReachesADeniedDestination() {
        ChildCgroup cgroup = ChildCgroup.make();
        ProbeProcess probe = ProbeProcess.in(cgroup.path());
        return CALLS.stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> assertDenied(cgroup, probe, each)))
                .onClose(cgroup::close)
                .onClose(probe::close);
    }

    private static void assertDenied(ChildCgroup cgroup, ProbeProcess probe, NamedCall each) {
        Answer free = probe.socket(ROOT, each.call());
        if (free.equals(NO_SUCH_PROTOCOL)) {
            lacks(each.call().protocol());
        }
        assertThat(free.errno()).as("without a policy").isNotIn(1, NO_SUCH_PROTOCOL.errno());
        try (Enforced enforced = enforce(cgroup, NO_LOOPBACK)) {
            assertThat(probe.socket(ROOT, each.call()).errno()).isEqualTo(1);
            assertThat(probe.socket(ROOT, elsewhere(each.call())).errno())
                    .as("another port")
                    .isNotEqualTo(1);
        }
        assertThat(probe.socket(ROOT, each.call()).errno()).isNotEqualTo(1);
    }

    /**
     * Skips protocols that this kernel lacks: Debian's 5.10 is built without MPTCP, though the
     * source has it since 5.6; 7.3 has no UDP-Lite.
     */
    private static void lacks(int protocol) {
        if (protocol == MPTCP) {
            RunningKernel.needs(5, 11, "MPTCP as distributions build it");
        } else if (protocol == UDPLITE) {
            RunningKernel.needsBefore(7, 3, "UDP-Lite");
        }
    }

    /**
     * The kernel replaces `::` by 127.0.0.1 if the socket is bound to a v4-mapped address, so `::`
     * is allowed only if both loopback addresses are.
     */
    @Test
    void theAnyAddressOfAMappedSocketCannotReachADeniedV4Loopback() {
        String onlyV4Denied = """
                policy only_v4_denied
                egress {
                  deny if remote.ip == 127.0.0.1
                  default allow
                }
                """;
        SocketCall any = new SocketCall(Operation.CONNECT_FROM_MAPPED, 10, 2, 17, v6(0, 0), PORT);
        SocketCall loopback6 = new SocketCall(Operation.CONNECT, 10, 2, 17, V6, PORT);
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path())) {
            assertThat(probe.socket(ROOT, any)).isEqualTo(new Answer(0, "connect"));
            try (Enforced enforced = enforce(cgroup, onlyV4Denied)) {
                assertThat(probe.socket(ROOT, any).errno()).isEqualTo(1);
                assertThat(probe.socket(ROOT, loopback6).errno()).isZero();
            }
        }
    }

    @Test
    void defaultDenyRefusesSocketsThatNoAddressHookWouldSee() {
        String policy = """
                policy tcp_and_ping
                egress {
                  allow if proto in { tcp, icmp }
                  default deny
                }
                """;
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path());
                Enforced enforced = enforce(cgroup, policy)) {
            assertThat(made(probe, 2, 3, 1))
                    .as("raw ICMP, which can send any protocol")
                    .isEqualTo(1);
            assertThat(made(probe, 2, 3, 6)).as("raw TCP, likewise").isEqualTo(1);
            assertThat(made(probe, 2, 3, 17)).as("raw UDP").isEqualTo(1);
            assertThat(made(probe, 2, 2, 1)).as("ping, which a rule allows").isZero();
            assertThat(made(probe, 10, 2, 58)).as("ping over IPv6").isEqualTo(1);
            assertThat(made(probe, 10, 3, 58)).as("raw ICMPv6").isEqualTo(1);
            assertThat(made(probe, 2, 2, 136))
                    .as("UDP-Lite, whose connect asks no hook; 7.3 has none to refuse")
                    .isEqualTo(RunningKernel.atLeast(7, 3) ? NO_SUCH_PROTOCOL.errno() : 1);
            assertThat(made(probe, 2, 1, 6)).as("TCP").isZero();
            assertThat(made(probe, 2, 2, 17)).as("UDP, judged when it sends").isZero();
            SocketCall send = new SocketCall(Operation.SEND, 2, 2, 17, V4, PORT);
            assertThat(probe.socket(ROOT, send)).isEqualTo(new Answer(1, "sendto"));
        }
    }

    private static int made(ProbeProcess probe, int family, int type, int protocol) {
        return probe.socket(ROOT, new SocketCall(Operation.MAKE, family, type, protocol, V4, 0))
                .errno();
    }

    private static Enforced enforce(ChildCgroup cgroup, String text) {
        return Enforced.on(cgroup, PolicyObjects.of("way.wall", text), Map.of());
    }

    private static SocketCall elsewhere(SocketCall call) {
        return new SocketCall(
                call.operation(), call.family(), call.type(), call.protocol(), call.address(), call.port() + 1);
    }

    private static NamedCall named(
            String name, Operation operation, int family, int type, int protocol, RawAddress address) {
        return new NamedCall(name, new SocketCall(operation, family, type, protocol, address, PORT));
    }

    private static RawAddress v4(long bits) {
        return new RawAddress(true, U128.of(bits));
    }

    private static RawAddress v6(long high, long low) {
        return new RawAddress(false, new U128(high, low));
    }
}
