// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of every hook as a caller sees it: the result of a system call without a policy, under a
 * policy, and after the policy is removed. A row is a policy, a Python script that prints one line,
 * and the two expected lines. The script runs in the cgroup, in a network namespace of its own that
 * has only a loopback interface.
 */
@KernelTest
class EveryHookKernelTest {
    @TempDir
    private Path folder = Path.of("");

    private static final String PRELUDE = SampleTraffic.SOCKETS + """
            with s(type=SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            def listener(family, host, port):
                made = s(family)
                made.bind((host, port))
                made.listen()
                return made
            def received(family, host, port, bound=7001):
                to, by = s(family, SOCK_DGRAM), s(family, SOCK_DGRAM)
                to.bind((host, bound))
                by.sendto(b'x', (host, port))
                try:
                    return to.recvfrom(9)[1]
                except TimeoutError:
                    return 'nothing'
            def pair(family, host):
                a, c = listener(family, host, 7001), s(family)
                c.connect((host, 7001))
                return a, c, a.accept()[0]
            """;

    private record Row(String name, String policy, String script, String free, String under) {}

    private static final List<Row> ROWS = List.of(
            new Row("connect4", """
                    on connect4 {
                      allow if remote.port == 7000 { assign remote.ip = 127.0.0.2; assign remote.port = 7001 }
                      default allow
                    }
                    """, """
                    a, c = listener(AF_INET, '127.0.0.2', 7001), s()
                    print(attempt(lambda: c.connect(('127.0.0.1', 7000))), end=' ')
                    print(attempt(lambda: a.accept()))
                    """, "ECONNREFUSED timeout", "ok ok"),
            new Row("connect6", """
                    on connect6 {
                      when remote.port == 7000 { assign remote.port = 7001 }
                      allow if remote.port == 7000 { assign remote.ip = ::1 }
                      default allow
                    }
                    """, """
                    a, c = listener(AF_INET6, '::1', 7001), s(AF_INET6)
                    print(attempt(lambda: c.connect(('::1', 7000))), attempt(lambda: a.accept()))
                    """, "ECONNREFUSED timeout", "ok ok"),
            new Row("sendmsg4", """
                    on sendmsg4 {
                      default allow { assign remote.port = 7001; assign local.ip = 127.0.0.9 }
                    }
                    """, """
                    print(received(AF_INET, '127.0.0.1', 7000)[0])
                    """, "n", "127.0.0.9"),
            new Row("sendmsg6", """
                    on sendmsg6 { default allow { assign remote.ip = ::1; assign remote.port = 7001 } }
                    """, """
                    print(received(AF_INET6, '::1', 7000)[0])
                    """, "n", "::1"),
            new Row("recvmsg4", """
                    on recvmsg4 { when remote.ip == 127.0.0.1 { assign remote.ip = 192.0.2.1; assign remote.port = 53 } }
                    """, """
                    print(received(AF_INET, '127.0.0.1', 7001)[0])
                    """, "127.0.0.1", "192.0.2.1"),
            new Row("recvmsg6", """
                    on recvmsg6 { when remote.ip == ::1 { assign remote.ip = 2001:db8::1; assign remote.port = 53 } }
                    """, """
                    print(received(AF_INET6, '::1', 7001)[0])
                    """, "::1", "2001:db8::1"),
            new Row("getpeername4", """
                    on getpeername4 { when remote.port == 7001 { assign remote.ip = 192.0.2.1; assign remote.port = 80 } }
                    """, """
                    print(pair(AF_INET, '127.0.0.1')[1].getpeername())
                    """, "('127.0.0.1', 7001)", "('192.0.2.1', 80)"),
            new Row("getpeername6", """
                    on getpeername6 { when remote.port == 7001 { assign remote.ip = 2001:db8::1; assign remote.port = 80 } }
                    """, """
                    print(pair(AF_INET6, '::1')[1].getpeername()[:2])
                    """, "('::1', 7001)", "('2001:db8::1', 80)"),
            new Row("getsockname4", """
                    on getsockname4 { when local.port == 7001 { assign local.ip = 192.0.2.2; assign local.port = 81 } }
                    """, """
                    print(pair(AF_INET, '127.0.0.1')[2].getsockname())
                    """, "('127.0.0.1', 7001)", "('192.0.2.2', 81)"),
            new Row("getsockname6", """
                    on getsockname6 { when local.port == 7001 { assign local.ip = 2001:db8::2; assign local.port = 81 } }
                    """, """
                    print(pair(AF_INET6, '::1')[2].getsockname()[:2])
                    """, "('::1', 7001)", "('2001:db8::2', 81)"),
            new Row("bind4", """
                    on bind4 { default allow { assign local.ip = 127.0.0.3; assign local.port = 7005 } }
                    """, """
                    c = s()
                    c.bind(('127.0.0.1', 7000))
                    print(c.getsockname())
                    """, "('127.0.0.1', 7000)", "('127.0.0.3', 7005)"),
            new Row("bind6", """
                    on bind6 { default allow { assign local.ip = ::1; assign local.port = 7005 } }
                    """, """
                    c = s(AF_INET6)
                    c.bind(('::', 7000))
                    print(c.getsockname()[:2])
                    """, "('::', 7000)", "('::1', 7005)"),
            new Row("bind, unprivileged", """
                    bind { allow unprivileged if local.port == 80 and uid == 1000; default allow }
                    """, """
                    os.setgid(1000)
                    os.setuid(1000)
                    a, b, c = s(), s(AF_INET6), s()
                    print(attempt(lambda: a.bind(('127.0.0.1', 80))), attempt(lambda: b.bind(('::1', 80))), end=' ')
                    print(attempt(lambda: c.bind(('127.0.0.1', 81))))
                    """, "EACCES EACCES EACCES", "ok ok EACCES"),
            new Row("post_bind4", """
                    on post_bind4 { deny if local.ip == 127.0.0.1 and local.port == 7000; default allow }
                    """, """
                    print(attempt(lambda: s().bind(('127.0.0.1', 7000))), attempt(lambda: s().bind(('127.0.0.1', 7001))))
                    """, "ok ok", "EPERM ok"),
            new Row("post_bind6", """
                    on post_bind6 { deny if local.ip in { ::1, 127.0.0.1 } and local.port >= 7000; default allow }
                    """, """
                    print(attempt(lambda: s(AF_INET6).bind(('::1', 7000))), end=' ')
                    print(attempt(lambda: s(AF_INET6).bind(('::ffff:127.0.0.1', 7001))), end=' ')
                    print(attempt(lambda: s(AF_INET6).bind(('::1', 6999))))
                    """, "ok ok ok", "EPERM EPERM ok"),
            new Row("sock_create", """
                    on sock_create { default allow { assign mark = 77; assign priority = 6; assign bound_if = 1 } }
                    """, """
                    c = s()
                    print(c.getsockopt(SOL_SOCKET, 36), c.getsockopt(SOL_SOCKET, SO_PRIORITY), end=' ')
                    print(c.getsockopt(SOL_SOCKET, 62))
                    """, "0 0 0", "77 6 1"),
            new Row("sock_release", """
                    on sock_release { when type == stream { assign bound_if = 999 } }
                    """, """
                    a, c, e = listener(AF_INET, '127.0.0.1', 7001), s(), s()
                    c.bind(('127.0.0.1', 7010))
                    c.connect(('127.0.0.1', 7001))
                    c.close()
                    e.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, b'lo')
                    print(attempt(lambda: e.bind(('127.0.0.1', 7010))))
                    """, "EADDRINUSE", "ok"),
            new Row("sock_ops", """
                    on sock_ops { when timeout_init and remote.port == 7001 { reply 20000 } }
                    """, """
                    a = s()
                    a.bind(('127.0.0.1', 7001))
                    a.listen(0)
                    waiting = [s() for i in range(3)]
                    for c in waiting:
                        c.setblocking(False)
                        attempt(lambda: c.connect(('127.0.0.1', 7001)))
                    last = struct.unpack_from('I', waiting[2].getsockopt(IPPROTO_TCP, 11, 104), 8)[0]
                    print('a second' if last == 1000000 else 'longer' if last > 10000000 else last)
                    """, "a second", "longer"),
            new Row("connect_unix", """
                    on connect_unix {
                      allow if path == "@old" { assign path = "new.sock" }
                      allow if path == "old.sock" { assign path = "@new, and as much longer as it needs" }
                      default allow
                    }
                    """, """
                    a, b, c, d = (s(AF_UNIX) for i in range(4))
                    if os.path.exists('new.sock'):
                        os.unlink('new.sock')
                    a.bind('new.sock')
                    b.bind('\\0new, and as much longer as it needs')
                    a.listen()
                    b.listen()
                    print(attempt(lambda: c.connect('\\0old')), attempt(lambda: a.accept()), end=' ')
                    print(attempt(lambda: d.connect('old.sock')), attempt(lambda: b.accept()))
                    """, "ECONNREFUSED timeout ENOENT timeout", "ok ok ok ok"),
            new Row("sendmsg_unix", """
                    on sendmsg_unix { default allow { assign path = "@here" } }
                    """, """
                    to, by = s(AF_UNIX, SOCK_DGRAM), s(AF_UNIX, SOCK_DGRAM)
                    to.bind('\\0here')
                    print(attempt(lambda: by.sendto(b'x', 'nowhere')), attempt(lambda: to.recv(9)))
                    """, "ENOENT timeout", "ok ok"),
            new Row("recvmsg_unix", """
                    on recvmsg_unix { when uid == 0 { assign path = "@shown" } }
                    """, """
                    to, by, nameless = (s(AF_UNIX, SOCK_DGRAM) for i in range(3))
                    to.bind('\\0to')
                    by.bind('\\0by')
                    by.sendto(b'x', '\\0to')
                    nameless.sendto(b'x', '\\0to')
                    print(to.recvfrom(9)[1], to.recvfrom(9)[1])
                    """, "b'\\x00by' None", "b'\\x00shown' None"),
            new Row("getpeername_unix", """
                    on getpeername_unix { when path == "@listening" { assign path = "/run/shown.sock" } }
                    """, """
                    a, c = s(AF_UNIX), s(AF_UNIX)
                    a.bind('\\0listening')
                    a.listen()
                    c.connect('\\0listening')
                    print(c.getpeername(), repr(a.accept()[0].getpeername()))
                    """, "b'\\x00listening' ''", "/run/shown.sock ''"),
            new Row("getsockname_unix", """
                    on getsockname_unix { when path == "@own" { assign path = "@shown" } }
                    """, """
                    c, d = s(AF_UNIX), s(AF_UNIX)
                    c.bind('\\0own')
                    print(c.getsockname(), repr(d.getsockname()))
                    """, "b'\\x00own' ''", "b'\\x00shown' ''"),
            new Row("skb_egress", """
                    on skb_egress { deny if proto == udp and remote.port == 7001; default allow }
                    """, """
                    u = s(type=SOCK_DGRAM)
                    print(attempt(lambda: u.sendto(b'x', ('127.0.0.1', 7001))), end=' ')
                    print(attempt(lambda: u.sendto(b'x', ('127.0.0.1', 7002))))
                    """, "ok ok", "EPERM ok"),
            new Row("skb_egress, congested", """
                    on skb_egress {
                      allow congested if proto == tcp
                      deny congested  if proto == udp and remote.port == 7002
                      deny            if proto == udp and remote.port == 7003
                      default allow
                    }
                    """, """
                    a, c = listener(AF_INET, '127.0.0.1', 7001), s()
                    c.connect(('127.0.0.1', 7001))
                    print({0: 'open', 2: 'cwr'}[c.getsockopt(IPPROTO_TCP, 11, 104)[1]], end=' ')
                    u, told = s(type=SOCK_DGRAM), s(type=SOCK_DGRAM)
                    told.setsockopt(IPPROTO_IP, 11, 1)
                    print(attempt(lambda: u.sendto(b'x', ('127.0.0.1', 7002))), end=' ')
                    print(attempt(lambda: told.sendto(b'x', ('127.0.0.1', 7002))), end=' ')
                    print(attempt(lambda: u.sendto(b'x', ('127.0.0.1', 7003))))
                    """, "open ok ok ok", "cwr ok ENOBUFS EPERM"),
            new Row("skb_ingress", """
                    on skb_ingress { deny if proto == udp and local.port == 7001; default allow }
                    """, """
                    print(received(AF_INET, '127.0.0.1', 7001)[0], received(AF_INET, '127.0.0.1', 7002, 7002)[0])
                    """, "127.0.0.1 127.0.0.1", "n 127.0.0.1"),
            new Row("getsockopt", """
                    on getsockopt { deny if option == SO_KEEPALIVE; default allow }
                    """, """
                    c = s()
                    print(attempt(lambda: c.getsockopt(SOL_SOCKET, SO_KEEPALIVE)), end=' ')
                    print(attempt(lambda: c.getsockopt(SOL_SOCKET, SO_REUSEADDR)))
                    """, "ok ok", "EPERM ok"),
            new Row("setsockopt", """
                    on setsockopt { deny if option == SO_KEEPALIVE and optval == 1; default allow }
                    """, """
                    c = s()
                    print(attempt(lambda: c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)), end=' ')
                    print(attempt(lambda: c.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0)))
                    """, "ok ok", "EPERM ok"),
            new Row("device", """
                    on device { deny if dev in { "/dev/zero" } and read; default allow }
                    """, """
                    print(attempt(lambda: os.open('/dev/zero', os.O_RDONLY)), end=' ')
                    print(attempt(lambda: os.open('/dev/zero', os.O_WRONLY)))
                    """, "ok ok", "EPERM ok"),
            new Row("sysctl", """
                    on sysctl { deny if name == "net/ipv4/ip_forward" and write; default allow }
                    """, """
                    forward = os.open('/proc/sys/net/ipv4/ip_forward', os.O_RDWR)
                    print(attempt(lambda: os.read(forward, 9)), attempt(lambda: os.pwrite(forward, b'0', 0)))
                    """, "ok ok", "ok EPERM"),
            new Row("sock_ops, by who made the socket", """
                    on sock_ops { when timeout_init and uid == 1000 { reply 20000 } }
                    """, """
                    a = s()
                    a.bind(('127.0.0.1', 7001))
                    a.listen(0)
                    def last():
                        waiting = [s() for i in range(3)]
                        for c in waiting:
                            c.setblocking(False)
                            attempt(lambda: c.connect(('127.0.0.1', 7001)))
                        return struct.unpack_from('I', waiting[2].getsockopt(IPPROTO_TCP, 11, 104), 8)[0]
                    print('a second' if last() == 1000000 else 'longer', end=' ')
                    os.setuid(1000)
                    print('a second' if last() == 1000000 else 'longer')
                    """, "a second a second", "a second longer"),
            new Row(
                    "packets, by who made the socket",
                    """
                    packets egress { deny if uid == 1000 and remote.port == 7001; default allow }
                    packets ingress { deny if comm == "a-receiver"; default allow }
                    """,
                    """
                    def made(name):
                        open('/proc/self/comm', 'w').write(name)
                        return s(type=SOCK_DGRAM)
                    a, b = made('a-receiver'), made('another')
                    for port, to in (7001, a), (7002, b):
                        to.bind(('127.0.0.1', port))
                    def sent(by):
                        for port, to in (7001, a), (7002, b):
                            print(attempt(lambda: by.sendto(b'x', ('127.0.0.1', port))), end=' ')
                            print(attempt(lambda: to.recv(9)), end=' ')
                    old = s(type=SOCK_DGRAM)
                    os.setuid(1000)
                    sent(old)
                    sent(s(type=SOCK_DGRAM))
                    print()
                    """,
                    "ok ok ok ok ok ok ok ok",
                    "ok timeout ok ok EPERM timeout ok ok"),
            new Row("a redirection that nobody sees", """
                    on connect4 { when remote.port == 7000 { assign remote.port = 7001 }; default allow }
                    on getpeername4 { when remote.port == 7001 { assign remote.port = 7000 } }
                    on sendmsg4 { when remote.port == 7000 { assign remote.port = 7001 }; default allow }
                    on recvmsg4 { when remote.port == 7001 { assign remote.port = 7000 } }
                    """, """
                    a, u = listener(AF_INET, '127.0.0.1', 7001), s(type=SOCK_DGRAM)
                    u.bind(('127.0.0.1', 7001))
                    c, v = s(), s(type=SOCK_DGRAM)
                    print(attempt(lambda: c.connect(('127.0.0.1', 7000))), end=' ')
                    print(attempt(lambda: print(c.getpeername()[1], end=' ')), end=' ')
                    v.sendto(b'x', ('127.0.0.1', 7000))
                    def back():
                        u.sendto(b'y', u.recvfrom(9)[1])
                        print(v.recvfrom(9)[1][1], end=' ')
                    print(attempt(back))
                    """, "ECONNREFUSED ENOTCONN timeout", "ok 7000 ok 7000 ok"));

    @TestFactory
    Stream<DynamicTest> everyHookAffectsTheCallerAsThePolicyStates() {
        return ROWS.stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    needs(row);
                    try (ChildCgroup cgroup = ChildCgroup.make()) {
                        assertThat(run(cgroup, row)).as("without a policy").isEqualTo(row.free());
                        try (Enforced enforced = Enforced.on(cgroup, compile(row), Map.of())) {
                            assertThat(run(cgroup, row)).as("under the policy").isEqualTo(row.under());
                        }
                        assertThat(run(cgroup, row)).as("after it").isEqualTo(row.free());
                    }
                }));
    }

    /**
     * Checks that effects whose guard never holds change nothing for callers, at the hooks that
     * cannot deny.
     */
    @TestFactory
    Stream<DynamicTest> aGuardThatNeverHoldsAffectsNoCaller() {
        return ROWS.stream()
                .filter(row -> Hook.ofWord(row.name())
                        .filter(hook -> hook.denial().isEmpty())
                        .isPresent())
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    needs(row);
                    String never = row.policy().replaceAll("when (.*?) \\{ ", "when ($1) and not ($1) { ");
                    assertThat(never).isNotEqualTo(row.policy());
                    BpfObject object = PolicyObjects.of(
                            "never.wall",
                            "policy never\nrequires kernel " + since(row, KernelVersion.V5_10) + "\n" + never);
                    try (ChildCgroup cgroup = ChildCgroup.make();
                            Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
                        assertThat(run(cgroup, row)).isEqualTo(row.free());
                    }
                }));
    }

    private static void needs(Row row) {
        KernelVersion since = since(row, KernelVersion.V5_10);
        RunningKernel.needs(since.major(), since.minor(), "what is attached at " + row.name());
        if (row.policy().contains("unprivileged")) {
            RunningKernel.needs(5, 12, "leave to skip the privileged-port check");
        }
    }

    /** Returns the oldest kernel that has all hooks of the row, at least `oldest`. */
    private static KernelVersion since(Row row, KernelVersion oldest) {
        return hooks(row).map(Hook::since).reduce(oldest, KernelVersion::max);
    }

    private static Stream<Hook> hooks(Row row) {
        return Arrays.stream(Hook.values()).filter(hook -> row.policy().contains("on " + hook.word() + " {"));
    }

    @Test
    void everyHookHasARow() {
        assertThat(ROWS.stream().flatMap(EveryHookKernelTest::hooks)).contains(Hook.values());
    }

    private String run(ChildCgroup cgroup, Row row) {
        return Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), PRELUDE + row.script())
                .succeeded()
                .strip();
    }

    private static BpfObject compile(Row row) {
        KernelVersion oldest = RunningKernel.atLeast(6, 1) ? KernelVersion.V6_1 : KernelVersion.V5_10;
        return PolicyObjects.of("hook.wall", "policy hook\n" + row.policy(), since(row, oldest));
    }
}
