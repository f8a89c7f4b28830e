// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/**
 * A test that the kernel sets the option value that a policy assigns: docs/semantics.md section 4.
 */
@KernelTest
class OptionValuesKernelTest {
    /** Each attempt on a new socket: the result of setsockopt(2), then of getsockopt(2). */
    private static final String SET = """
            import errno
            from socket import *
            def attempt(name, level, option, value):
                with socket() as s:
                    try:
                        s.setsockopt(level, option, value)
                        said = 'ok'
                    except OSError as e:
                        said = errno.errorcode[e.errno]
                    print(name, said, s.getsockopt(level, option))
            def word(number, size=4):
                return number.to_bytes(4, 'little') + bytes(size - 4)
            attempt('below', SOL_SOCKET, SO_RCVBUF, word(9000))
            attempt('edge', SOL_SOCKET, SO_RCVBUF, word(20000))
            attempt('above', SOL_SOCKET, SO_RCVBUF, word(60000))
            attempt('page', SOL_SOCKET, SO_RCVBUF, word(60000, 4096))
            attempt('longer', SOL_SOCKET, SO_RCVBUF, word(60000, 4097))
            attempt('long', SOL_SOCKET, SO_RCVBUF, word(60000, 20000))
            attempt('short', SOL_SOCKET, SO_RCVBUF, b'abc')
            attempt('ttl', SOL_IP, IP_TTL, word(200))
            attempt('byte', SOL_IP, IP_TTL, bytes([200]))
            attempt('none', SOL_IP, IP_TTL, b'')
            attempt('denied', SOL_SOCKET, SO_SNDBUF, word(9000))
            attempt('other', SOL_SOCKET, SO_KEEPALIVE, word(1))
            """;

    private static final String CLAMP = """
            param ttl : int in 1..255 = 64
            on setsockopt {
              when option == SO_RCVBUF and optval > 20000 { assign optval = 20000 }
              when option == IP_TTL and optval > 64 { assign optval = ttl }
              when option == SO_SNDBUF { assign optval = 30000 }
              default allow
            }
            on setsockopt { deny if option == SO_SNDBUF; default allow }
            """;

    /**
     * The result of getsockopt(2) with a buffer of the given length filled with ones, and the
     * length that it returns.
     */
    private static final String GET = """
            import ctypes, errno
            from socket import *
            libc = ctypes.CDLL(None, use_errno=True)
            def attempt(name, level, option, room):
                with socket() as s:
                    buffer = ctypes.create_string_buffer(b'\\x01' * room, room)
                    length = ctypes.c_uint(room)
                    done = libc.getsockopt(s.fileno(), level, option, buffer, ctypes.byref(length))
                    said = 'ok' if done == 0 else errno.errorcode[ctypes.get_errno()]
                    print(name, said, length.value, buffer.raw[:6].hex())
            attempt('type', SOL_SOCKET, SO_TYPE, 4)
            attempt('roomy', SOL_SOCKET, SO_TYPE, 8)
            attempt('narrow', SOL_SOCKET, SO_TYPE, 2)
            attempt('page', SOL_SOCKET, SO_TYPE, 9000)
            attempt('info', SOL_TCP, TCP_INFO, 100)
            attempt('unknown', SOL_SOCKET, 9999, 6)
            attempt('little', SOL_SOCKET, 9999, 3)
            attempt('silent', SOL_SOCKET, 9998, 6)
            attempt('denied', SOL_SOCKET, SO_MARK, 4)
            attempt('other', SOL_SOCKET, SO_KEEPALIVE, 4)
            """;

    private static final String ASSIGNED = """
            param length : int in 1..4096 = 4
            on getsockopt {
              when option == SO_TYPE { assign optval = 0x01020304 }
              when option == TCP_INFO { assign optlen = 2; assign optval = 0xff }
              when option == 1:9999 { assign optval = 7; assign optlen = length; assign retval = 0 }
              when option == 1:9998 { assign retval = 0 }
              when option == SO_MARK { assign optval = 5 }
              default allow
            }
            on getsockopt { deny if option == SO_MARK; default allow }
            """;

    @TempDir
    private Path folder = Path.of("");

    private List<String> run(ChildCgroup in, String script) {
        return Scripts.run(folder, in.path(), Set.of(Scripts.Namespace.NETWORK), script)
                .succeeded()
                .strip()
                .lines()
                .toList();
    }

    private static BpfObject object(String name, String blocks) {
        return Samples.compileWithWarnings("options.wall", "policy " + name + "\n" + blocks)
                .object();
    }

    @Test
    void theKernelSetsTheAssignedValue() {
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            List<String> free = run(cgroup, SET);
            String sndbuf = last(free, "denied ok 18000");
            assertThat(free)
                    .containsExactly(
                            "below ok 18000",
                            "edge ok 40000",
                            "above ok 120000",
                            "page ok 120000",
                            "longer ok 120000",
                            "long ok 120000",
                            last(free, "short EINVAL"),
                            "ttl ok 200",
                            "byte ok 200",
                            last(free, "none"),
                            sndbuf,
                            "other ok 1");
            try (Enforced enforced = Enforced.on(cgroup, object("clamp", CLAMP), Map.of())) {
                assertThat(enforced).isNotNull();
                assertThat(run(cgroup, SET))
                        .containsExactly(
                                "below ok 18000",
                                "edge ok 40000",
                                "above ok 40000",
                                "page ok 40000",
                                "longer ok 40000",
                                "long ok 40000",
                                last(free, "short EINVAL"),
                                "ttl ok 64",
                                "byte ok 64",
                                last(free, "none"),
                                last(run(cgroup, SET), "denied EPERM"),
                                "other ok 1");
            }
            assertThat(run(cgroup, SET)).as("after removal").isEqualTo(free);
        }
    }

    @Test
    void theCallerReadsTheAssignedValue() {
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            List<String> free = run(cgroup, GET);
            String info = last(free, "info ok");
            assertThat(free)
                    .containsExactly(
                            "type ok 4 01000000",
                            "roomy ok 4 010000000101",
                            "narrow ok 2 0100",
                            "page ok 4 010000000101",
                            info,
                            "unknown ENOPROTOOPT 6 010101010101",
                            "little ENOPROTOOPT 3 010101",
                            "silent ENOPROTOOPT 6 010101010101",
                            "denied ok 4 00000000",
                            "other ok 4 00000000");
            for (int policies = 1; policies <= 2; policies++) {
                try (Enforced first = Enforced.on(cgroup, object("told", ASSIGNED), Map.of());
                        Enforced second = Enforced.on(
                                cgroup,
                                object("again", policies == 2 ? ASSIGNED : "on getsockopt { default allow }"),
                                Map.of())) {
                    assertThat(List.of(first, second)).doesNotContainNull();
                    assertThat(run(cgroup, GET))
                            .containsExactly(
                                    "type ok 4 04030201",
                                    "roomy ok 4 040302010101",
                                    "narrow ok 2 0400",
                                    "page ok 4 040302010101",
                                    "info ok 2 ff" + info.substring(info.lastIndexOf(' ') + 3),
                                    "unknown ok 4 070000000101",
                                    "little ok 3 010101",
                                    "silent ok 6 010101010101",
                                    "denied EPERM 4 00000000",
                                    "other ok 4 00000000");
                }
            }
            assertThat(run(cgroup, GET)).as("after removal").isEqualTo(free);
        }
    }

    /**
     * A policy applied later sees the value that the first assigned; one applied earlier sees the
     * caller's value.
     */
    @Test
    void laterPoliciesTestTheAssignedValue() {
        String limit = "on setsockopt { deny if option == SO_RCVBUF and optval > 20000; default allow }";
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            try (Enforced first = Enforced.on(cgroup, object("clamp", CLAMP), Map.of());
                    Enforced second = Enforced.on(cgroup, object("limit", limit), Map.of())) {
                assertThat(List.of(first, second)).doesNotContainNull();
                assertThat(run(cgroup, SET)).contains("above ok 40000", "long ok 40000");
            }
            try (Enforced first = Enforced.on(cgroup, object("limit", limit), Map.of());
                    Enforced second = Enforced.on(cgroup, object("clamp", CLAMP), Map.of())) {
                assertThat(List.of(first, second)).doesNotContainNull();
                assertThat(run(cgroup, SET))
                        .anyMatch(line -> line.startsWith("above EPERM"))
                        .anyMatch(line -> line.startsWith("long EPERM"))
                        .contains("edge ok 40000");
            }
        }
    }

    private static String last(List<String> lines, String beginning) {
        return lines.stream()
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no `" + beginning + "` in " + lines));
    }
}
