// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/**
 * An attack on the process of `ringwall run`, whose descriptors and capabilities could remove a
 * policy.
 */
@KernelTest
class TracedLoaderKernelTest {
    private static final String POLICY = "policy traced_%d\negress { deny if remote.port == 9; default allow }";

    /** Permitted attempts to read or write memory fail with EFAULT, because they use address 0. */
    private static final String SCRIPT = """
            import ctypes, errno, os, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
            libc.ptrace.restype = ctypes.c_long
            ATTACH, SEIZE = 16, 0x4206
            pid = int(sys.argv[1])
            def checked(result):
                if result < 0:
                    raise OSError(ctypes.get_errno(), 'refused')
            def memory(call):
                own = ctypes.create_string_buffer(8)
                local = ctypes.create_string_buffer(struct.pack('=QQ', ctypes.addressof(own), 8), 16)
                remote = ctypes.create_string_buffer(struct.pack('=QQ', 0, 8), 16)
                checked(call(pid, local, 1, remote, 1, 0))
            def said(attempt):
                try:
                    attempt()
                    return 'ok'
                except OSError as e:
                    return errno.errorcode[e.errno]
            def attempts():
                yield 'readv', lambda: memory(libc.process_vm_readv)
                yield 'writev', lambda: memory(libc.process_vm_writev)
                yield 'mem', lambda: os.close(os.open('/proc/%d/mem' % pid, os.O_RDWR))
                yield 'maps', lambda: open('/proc/%d/maps' % pid).read()
                yield 'getfd', lambda: checked(libc.syscall(438, os.pidfd_open(pid), 1, 0))
                yield 'seize', lambda: checked(libc.ptrace(SEIZE, pid, None, None))
            def nobody():
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            def container():
                kept = sum(1 << bit for bit in (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31))
                header = ctypes.create_string_buffer(struct.pack('=Ii', 0x20080522, 0), 8)
                data = ctypes.create_string_buffer(struct.pack('=6I', kept, kept, 0, 0, 0, 0), 24)
                checked(libc.capset(header, data))
            def namespace():
                checked(libc.unshare(0x10000000))
                open('/proc/self/uid_map', 'w').write('0 0 1')
            def root():
                pass
            for role in (nobody, container, namespace, root):
                child = os.fork()
                if child == 0:
                    role()
                    results = [name + ' ' + said(attempt) for name, attempt in attempts()]
                    if results[-1] != 'seize ok':
                        results.append('attach ' + said(lambda: checked(libc.ptrace(ATTACH, pid, None, None))))
                    print(role.__name__ + ':', ', '.join(results), flush=True)
                    os._exit(0)
                os.waitpid(child, 0)
            """;

    private static final String REFUSED =
            "readv EPERM, writev EPERM, mem EACCES, maps EACCES, getfd EPERM, seize EPERM, attach EPERM";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void tracingTheLoaderNeedsCapSysPtrace() throws IOException, InterruptedException {
        Path object = folder.resolve("traced.o");
        String policy = POLICY.formatted(ProcessHandle.current().pid());
        Files.write(object, PolicyObjects.elf("traced.wall", policy));
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.ringwall.host.cli.Main",
                        "run",
                        object.toString(),
                        "--",
                        "sh",
                        "-c",
                        "echo ready; exec sleep 600")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (ChildCgroup cgroup = ChildCgroup.make();
                BufferedReader said =
                        new BufferedReader(new InputStreamReader(run.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(said.readLine()).isEqualTo("ready");
            String attempts = Scripts.run(folder, cgroup.path(), Set.of(), SCRIPT, run.pid())
                    .succeeded();
            assertThat(attempts.lines())
                    .containsExactly(
                            "nobody: " + REFUSED,
                            "container: " + REFUSED,
                            "namespace: " + REFUSED,
                            "root: readv EFAULT, writev EFAULT, mem ok, maps ok, getfd ok, seize ok");
        } finally {
            run.destroy();
            assertThat(run.waitFor()).isEqualTo(143);
        }
    }
}
