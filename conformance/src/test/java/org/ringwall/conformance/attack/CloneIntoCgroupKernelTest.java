// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/**
 * An attack with clone3(2) and CLONE_INTO_CGROUP (5.7): out of the policy's cgroup by a descriptor,
 * and into one.
 */
@KernelTest
class CloneIntoCgroupKernelTest {
    private static final String POLICY = "policy cloned\negress { deny if remote.port == 9; default allow }";

    /** The arguments are the policy's cgroup, one below it, and one beside it. */
    private static final String SCRIPT = """
            import ctypes, errno, os, struct, sys
            from socket import *
            libc = ctypes.CDLL(None, use_errno=True)
            INTO_CGROUP, SIGCHLD = 0x200000000, 17
            def connects():
                try:
                    with socket(AF_INET, SOCK_DGRAM) as s:
                        s.connect(('127.0.0.1', 9))
                    return 'ok'
                except OSError as e:
                    return errno.errorcode[e.errno]
            def executes():
                os.execv('/bin/bash', ['bash', '-c', '(: 3<>/dev/udp/127.0.0.1/9) 2>/dev/null && echo ok || echo EPERM'])
            def cloned(fd, then):
                words = ctypes.create_string_buffer(struct.pack('=11Q', INTO_CGROUP, 0, 0, 0, SIGCHLD, 0, 0, 0, 0, 0, fd), 88)
                reading, writing = os.pipe()
                pid = libc.syscall(ctypes.c_long(435), ctypes.c_long(ctypes.addressof(words)), ctypes.c_long(88))
                if pid == 0:
                    os.dup2(writing, 1)
                    said = then()
                    os.write(1, said.encode())
                    os._exit(0)
                os.close(writing)
                if pid < 0:
                    return errno.errorcode[ctypes.get_errno()]
                os.waitpid(pid, 0)
                return os.read(reading, 64).decode().strip()
            def opened(cgroup, flags=os.O_RDONLY):
                return os.open(cgroup, flags | os.O_DIRECTORY)
            def attempt(name, *said):
                print(name, *said, flush=True)
            def move(cgroup):
                open(cgroup + '/cgroup.procs', 'w').write('0')
            policy, below, beside = sys.argv[1:]
            def as_nobody():
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
                attempt('nobody, opened by root', cloned(held, connects))
                attempt('nobody', cloned(opened(beside), connects), cloned(opened(beside, os.O_PATH), connects))
                attempt('nobody, deeper', cloned(opened(below), connects))
                os._exit(0)
            move(policy)
            held = opened(beside)
            attempt('root', cloned(held, connects))
            for owner in (0, 65534):
                os.chown(beside + '/cgroup.procs', owner, owner)
                child = os.fork()
                if child == 0:
                    as_nobody()
                os.waitpid(child, 0)
            move(beside)
            attempt('outside', connects())
            for place in (policy, below):
                attempt('into', cloned(opened(place), connects), cloned(opened(place), executes))
            """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup outer = ChildCgroup.make();
    private final ChildCgroup tenant = outer.child();
    private final ChildCgroup beside = outer.child();

    @AfterEach
    void clean() {
        beside.close();
        tenant.close();
        outer.close();
    }

    @Test
    void cloneIntoCgroupCannotEscapeAndIsCoveredFromTheFirstCall() {
        try (Enforced enforced = Attacked.under(tenant, POLICY);
                ChildCgroup below = tenant.child()) {
            assertThat(enforced).isNotNull();
            String said = Scripts.run(
                            folder, outer.path(), Set.of(), SCRIPT, tenant.path(), below.path(), beside.path())
                    .succeeded();
            assertThat(said.lines())
                    .containsExactly(
                            "root ok",
                            "nobody, opened by root EACCES",
                            "nobody EACCES EACCES",
                            "nobody, deeper EACCES",
                            "nobody, opened by root EACCES",
                            "nobody EACCES EACCES",
                            "nobody, deeper EACCES",
                            "outside ok",
                            "into EPERM EPERM",
                            "into EPERM EPERM");
        }
    }
}
