// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.bypass.ForeignProgram;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of the value that a sysctl holds after a policy replaced the written one, and of the
 * result that the writer sees. Writers run in a network namespace and a UTS namespace of their own.
 * The test is skipped on kernels that discard replaced values, which a separate program detects
 * first.
 */
@KernelTest
class SysctlValuesKernelTest {
    private static final String POLICY = """
            policy values
            sysctl first {
              when name == "kernel/domainname" and uid == 0 { assign new_value = "first" }
              when name == "kernel/hostname" { assign new_value = "host" }
              default allow
            }
            sysctl second {
              when name == "net/ipv4/ip_default_ttl" { assign new_value = "77" }
              when name == "net/ipv4/ip_default_ttl" and new_value == "99" { assign new_value = "88" }
              when name == "kernel/domainname" and new_value != "kept" { assign new_value = "domain" }
              deny if name == "kernel/domainname" and new_value in { "domain", "refused" }
              default allow
            }
            """;

    private static final String SCRIPT = """
            import errno, os
            def write(path, data, at=0):
                fd = os.open('/proc/sys/' + path, os.O_WRONLY)
                try:
                    return os.pwrite(fd, data, at) if at else os.write(fd, data)
                except OSError as e:
                    return errno.errorcode[e.errno]
                finally:
                    os.close(fd)
            def told(path, data, at=0):
                print(write(path, data, at), open('/proc/sys/' + path).read().strip())
            def all(path, data):
                with open('/proc/sys/' + path, 'wb', buffering=0) as file:
                    left = data
                    while left:
                        left = left[file.write(left):]
                print(open('/proc/sys/' + path).read().strip())
            """;

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void requireNewSysctlValues() {
        try (ChildCgroup cgroup = ChildCgroup.make();
                ForeignProgram foreign = ForeignProgram.replacesSysctls(cgroup)) {
            assertThat(foreign).isNotNull();
            boolean forgets = run(cgroup, "told('kernel/domainname', b'bb')").equals(List.of("2 bb"));
            assertThat(Enforced.forgetsSysctlValues()).isEqualTo(forgets);
            if (forgets) {
                assertThatThrownBy(() -> Enforced.on(cgroup, object(POLICY), Map.of()))
                        .hasMessageContaining("forgets");
                throw RunningKernel.lacks("the mending of what 5.18 broke, so that it forgets new values of sysctls");
            }
        }
    }

    @Test
    void aSysctlWriteStoresTheAssignedValue() {
        List<String> said;
        try (ChildCgroup cgroup = ChildCgroup.make();
                Enforced enforced = Enforced.on(cgroup, object(POLICY), Map.of())) {
            assertThat(enforced).isNotNull();
            said = run(cgroup, """
                    told('net/ipv4/ip_default_ttl', b'64\\n')
                    told('net/ipv4/ip_default_ttl', b'99')
                    told('net/ipv4/ip_default_ttl', b'5')
                    told('net/ipv4/ip_default_ttl', b'64 and more\\n')
                    told('net/ipv4/ip_default_ttl', b'64', at=7)
                    told('kernel/domainname', b'a longer name\\n')
                    told('kernel/domainname', b'a', at=3)
                    told('kernel/domainname', b'x' * 300)
                    all('kernel/hostname', b'y' * 600)
                    told('kernel/domainname', b'kept\\n')
                    told('kernel/domainname', b'refused')
                    told('kernel/hostname', b'')
                    """);
        }
        assertThat(said)
                .containsExactly(
                        "3 77", // the length that the caller gave
                        "2 88", // the last write wins
                        "2 77", // more than the caller gave: the kernel's own limit
                        "12 77",
                        "2 77", // written from the start of the file
                        "14 domain",
                        "EPERM domain", // a write at an offset is unknown
                        "255 domain",
                        "host", // three writes, each replaced as a whole
                        "5 first", // the second block reads the caller's value
                        "EPERM first",
                        "0 host");
    }

    /** The sample reports success to a process that turns SYN cookies off, and they stay on. */
    @Test
    void synCookiesStayOn() {
        String script = """
                told('net/ipv4/tcp_syncookies', b'0\\n')
                told('net/ipv4/tcp_syncookies', b'2')
                told('net/ipv4/ip_default_ttl', b'77\\n')
                """;
        Path sample = GoldenCase.projectRoot().resolve("samples/policies/sysctl-audit.wall");
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            assertThat(run(cgroup, script)).containsExactly("2 0", "1 2", "3 77");
            try (Enforced enforced = Enforced.on(cgroup, Samples.compile(sample).object(), Map.of())) {
                assertThat(enforced).isNotNull();
                assertThat(run(cgroup, script)).containsExactly("2 1", "1 1", "3 77");
            }
        }
    }

    private static BpfObject object(String policy) {
        return Compiler.compile(
                        new SourceFile("values.wall", policy),
                        new Settings(List.of(KernelVersion.V5_10), java.nio.ByteOrder.nativeOrder(), Map.of()))
                .compilation()
                .orElseThrow()
                .object();
    }

    private List<String> run(ChildCgroup in, String script) {
        return Scripts.run(
                        folder,
                        in.path(),
                        Set.of(Scripts.Namespace.NETWORK, Scripts.Namespace.UTS),
                        SCRIPT + script.replace("\\\\", "\\"))
                .succeeded()
                .lines()
                .toList();
    }
}
