// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.stamp.MptcpJoin;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of MPTCP connections that a policy redirects, and of the further subflows of a redirected
 * connection.
 */
@KernelTest
class MptcpRedirectKernelTest {
    /** Prints what client and proxy see, for a proxy of TCP and one of MPTCP. */
    private static final String SCRIPT = """
            import errno, fcntl, os, struct
            from socket import *
            def original(of):
                try:
                    answer = of.getsockopt(0, 80, 16)
                    return '%s:%d' % (inet_ntoa(answer[4:8]), struct.unpack('>H', answer[2:4])[0])
                except OSError:
                    return 'unknown'
            with socket(AF_INET, SOCK_DGRAM) as s:
                fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 1))
            for protocol in (6, 262):
                listener = socket(AF_INET, SOCK_STREAM, protocol)
                listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
                listener.bind(('127.0.0.1', 3128))
                listener.listen()
                listener.settimeout(600)
                client = socket(AF_INET, SOCK_STREAM, 262)
                client.connect(('192.0.2.1', 80))
                client.send(b'hello')
                accepted = listener.accept()[0]
                print(protocol, '%s:%d' % client.getpeername(), accepted.recv(5).decode(), original(accepted), flush=True)
                for one in (client, accepted, listener):
                    one.close()
            """;

    /** A destination without a route, which is redirected to the server's first address. */
    private static final String AWAY = "192.0.2.1";

    private static final String JOINS = """
            policy joins
            egress {
              redirect 10.77.1.1:4000 if remote.ip == 192.0.2.1
              %s
              default allow
            }
            """;

    @TempDir
    private Path folder = Path.of("");

    private ChildCgroup cgroup;

    @BeforeEach
    void start() {
        RunningKernel.needs(5, 15, "advertised addresses of MPTCP");
        cgroup = ChildCgroup.make();
    }

    @AfterEach
    void end() {
        if (cgroup != null) {
            cgroup.close();
        }
    }

    @Test
    void anMptcpConnectIsRedirectedAndGetpeernameShowsTheProxy() {
        assertThat(redirected(Attacked.REDIRECTING))
                .containsExactly("6 127.0.0.1:3128 hello unknown", "262 127.0.0.1:3128 hello unknown");
    }

    /**
     * The kernel creates the subflow's socket, which has no stamp; kernels from 6.1 on report its
     * namespace.
     */
    @Test
    void aTcpProxyReadsTheOriginalDestinationSinceKernel61() {
        RunningKernel.needs(6, 1, "bpf_get_netns_cookie at sock_ops");
        assertThat(redirected(Attacked.REDIRECTING + "requires kernel 6.1\n"))
                .containsExactly("6 127.0.0.1:3128 hello 192.0.2.1:80", "262 127.0.0.1:3128 hello unknown");
    }

    private Stream<String> redirected(String policy) {
        try (Enforced enforced = Attacked.under(cgroup, policy)) {
            assertThat(enforced).isNotNull();
            return Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), SCRIPT)
                    .succeeded()
                    .lines();
        }
    }

    private String joined(String rule, boolean joins) {
        try (Enforced enforced = Attacked.under(cgroup, JOINS.formatted(rule))) {
            assertThat(enforced).isNotNull();
            return MptcpJoin.run(folder, cgroup.path(), AWAY, joins);
        }
    }

    /** An address that the proxy advertises is judged by itself, and redirected like any other. */
    @Test
    void anAdditionalSubflowIsCheckedByItsAdvertisedAddress() {
        assertThat(joined("", true)).isEqualTo("ok 1");
        assertThat(joined("deny if remote.ip == 10.77.2.1", false)).isEqualTo("ok 0");
        assertThat(joined("redirect 10.77.1.1:9 if remote.ip == 10.77.2.1", false))
                .as("where no process listens")
                .isEqualTo("ok 0");
        assertThat(joined("redirect 10.77.1.1:4000 if remote.ip == 10.77.2.1", true))
                .isEqualTo("ok 1");
    }
}
