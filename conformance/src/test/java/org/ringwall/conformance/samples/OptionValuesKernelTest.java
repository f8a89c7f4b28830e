package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;

/** What a policy assigns to an option's value is what the running kernel sets: docs/semantics.md section 4. */
@KernelTest
class OptionValuesKernelTest {
    /** Each attempt on a fresh socket: what setsockopt(2) says, then what getsockopt(2) does. */
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

    @TempDir
    private Path folder = Path.of("");

    private List<String> run(ChildCgroup in, String script) {
        return Command.run(
                        folder,
                        new ProcessBuilder(
                                "sh",
                                "-c",
                                "echo $$ > \"$0/cgroup.procs\" && exec unshare -n python3 -c \"$1\"",
                                in.path().toString(),
                                script))
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
    void theKernelSetsWhatIsAssigned() {
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

    /** A policy that was applied later sees what the first has written, and one that was applied before what the caller gave. */
    @Test
    void laterPoliciesJudgeWhatIsAssigned() {
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
