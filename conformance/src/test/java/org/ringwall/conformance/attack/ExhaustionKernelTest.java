// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/** An attack by workloads that leave no room in their sockets for the policy's socket storage. */
@KernelTest
class ExhaustionKernelTest {
    /**
     * `fill` attaches the longest socket filter that fits in the socket's allowance. Any process
     * may attach one, and it is charged to the same `sk_omem_alloc` as socket storage
     * (`sk_filter_charge` in net/core/filter.c).
     */
    private static final String SOCKETS = """
            import ctypes, errno, fcntl, os, struct, sys
            from socket import *
            def up():
                with socket(AF_INET, SOCK_DGRAM) as s:
                    fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 1))
            def listening():
                made = socket()
                made.bind(('127.0.0.1', 3128))
                made.listen()
                made.settimeout(1)
                return made
            def filtered(of, length):
                code = struct.pack('=HBBI', 0xb1, 0, 0, 0) * (length - 1) + struct.pack('=HBBI', 6, 0, 0, 0x40000)
                held = ctypes.create_string_buffer(code, len(code))
                try:
                    of.setsockopt(SOL_SOCKET, 26, struct.pack('=H6xQ', length, ctypes.addressof(held)))
                    return True
                except OSError as e:
                    assert e.errno == errno.ENOMEM, e
                    return False
            def fill(of):
                fits, more = 1, 4097
                while more - fits > 1:
                    middle = (fits + more) // 2
                    if filtered(of, middle):
                        of.setsockopt(SOL_SOCKET, 27, 0)
                        fits = middle
                    else:
                        more = middle
                assert more < 4097 and filtered(of, fits), fits
                return of
            def said(attempt, *words):
                try:
                    attempt(*words)
                    return 'ok'
                except TimeoutError:
                    return 'timeout'
                except OSError as e:
                    return errno.errorcode[e.errno]
            def small():
                open('/proc/sys/net/core/optmem_max', 'w').write('64')
            def original(of):
                try:
                    answer = of.getsockopt(0, 80, 16)
                    return '%s:%d' % (inet_ntoa(answer[4:8]), struct.unpack('>H', answer[2:4])[0])
                except OSError:
                    return 'unknown'
            AWAY = ('192.0.2.1', 80)
            up()
            """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();

    @AfterEach
    void clean() {
        cgroup.close();
    }

    private List<String> under(String policy, String script) {
        try (Enforced enforced = Attacked.under(cgroup, policy)) {
            assertThat(enforced).isNotNull();
            return Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), SOCKETS + script)
                    .succeeded()
                    .lines()
                    .toList();
        }
    }

    @Test
    void aSocketWithoutOptionMemoryIsDeniedInsteadOfRedirected() {
        String script = """
                listener = listening()
                for type in (SOCK_STREAM, SOCK_DGRAM):
                    client = fill(socket(AF_INET, type))
                    print(said(client.connect, AWAY), said(client.connect, ('127.0.0.1', 3128)))
                    other = fill(socket(AF_INET, type))
                    first = said(other.connect, AWAY)
                    other.setsockopt(SOL_SOCKET, 27, 0)
                    print(first, said(other.connect, AWAY), '%s:%d' % other.getpeername())
                loose = fill(socket(AF_INET, SOCK_DGRAM))
                print(said(loose.sendto, b'x', AWAY))
                """;
        assertThat(under(Attacked.REDIRECTING, script))
                .containsExactly("EPERM ok", "EPERM ok 192.0.2.1:80", "EPERM ok", "EPERM ok 192.0.2.1:80", "EPERM");
    }

    /**
     * An accepted socket inherits the filter of its listener and is charged for it; Linux 7.3 has
     * room for both.
     */
    @Test
    void anAcceptedSocketWithoutOptionMemoryReportsNoWrongDestination() {
        String script = """
                listener = fill(listening())
                client = socket()
                print(said(client.connect, AWAY), original(listener.accept()[0]))
                listener.setsockopt(SOL_SOCKET, 27, 0)
                client = socket()
                print(said(client.connect, AWAY), original(listener.accept()[0]))
                """;
        List<String> said = under(Attacked.REDIRECTING, script);
        assertThat(said).hasSize(2).last().isEqualTo("ok 192.0.2.1:80");
        assertThat(said.get(0)).isIn("ok unknown", "ok 192.0.2.1:80");
    }

    /**
     * From 6.8 on the creator of the network namespace can take all room away, also from existing
     * sockets.
     */
    @Test
    void aNamespaceWithoutOptionMemoryIsDeniedRedirectsAndSockets() {
        RunningKernel.needs(6, 8, "net.core.optmem_max of a network namespace");
        String script = """
                listener = listening()
                client, direct = socket(), socket()
                small()
                print(said(client.connect, AWAY), said(socket), said(direct.connect, ('127.0.0.1', 3128)))
                """;
        assertThat(under(Attacked.REDIRECTING, script)).containsExactly("EPERM EPERM ok");
    }

    /**
     * The listener's stamp cannot be copied (`bpf_sk_storage_clone`), so no socket without a stamp
     * is accepted.
     */
    @Test
    void noSocketWithoutAStampIsAccepted() {
        RunningKernel.needs(6, 8, "net.core.optmem_max of a network namespace");
        String policy = "policy full\npackets egress { deny if uid == 77; default allow }";
        String script = """
                listener = listening()
                client = socket()
                small()
                client.settimeout(1)
                print(said(client.connect, ('127.0.0.1', 3128)), said(listener.accept), said(socket))
                """;
        assertThat(under(policy, script)).containsExactly("ok timeout EPERM");
        assertThat(under("policy full\negress { default allow }", script)).containsExactly("ok ok ok");
    }
}
