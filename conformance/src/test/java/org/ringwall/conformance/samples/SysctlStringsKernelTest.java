// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of the strings that sysctls hold and are written, with every form of write, in a UTS
 * namespace of its own.
 */
@KernelTest
class SysctlStringsKernelTest {
    private static final String POLICY = """
            policy sysctl_strings
            requires kernel 6.1
            sysctl {
              allow if read and name != "kernel/ostype"
              allow if read and value == "Linux"
              deny EACCES if new_value suffix "-bad"
              deny ENOENT if comm == "intruder"
              allow if name == "kernel/domainname" and new_value glob "good-*"
              default deny
            }
            """;

    /** Each line prints `ok` or the errno's name. */
    private static final String SCRIPT = """
            import ctypes, errno, os
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.unshare(0x04000000) == 0
            def say(operation):
                try:
                    operation()
                    print('ok')
                except OSError as e:
                    print(errno.errorcode[e.errno])
            def write(data, at=0, path='/proc/sys/kernel/domainname'):
                fd = os.open(path, os.O_WRONLY)
                try:
                    if at:
                        os.pwrite(fd, data, at)
                    else:
                        os.write(fd, data)
                finally:
                    os.close(fd)
            say(lambda: open('/proc/sys/kernel/ostype').read())
            say(lambda: write(b'good-1'))
            say(lambda: write(b'good-1\\n'))
            say(lambda: write(b'good-1\\n\\n'))
            say(lambda: write(b'good-\\xff'))
            say(lambda: write(b'good-a/b'))
            say(lambda: write(b'other'))
            say(lambda: write(b'host-bad\\n'))
            say(lambda: write(b'good-\\0-bad'))
            say(lambda: write(b'good-' + b'x' * 300))
            say(lambda: write(b'good-1', at=3))
            say(lambda: write(b'good-1', path='/proc/sys/kernel/hostname'))
            open('/proc/self/comm', 'w').write('intruder')
            say(lambda: write(b'good-1'))
            """;

    @Test
    void sysctlWritesAreFilteredByTheirValue() {
        RunningKernel.needs(6, 1, "comm at sysctls");
        List<String> answers;
        try (ChildCgroup cgroup = ChildCgroup.make();
                Enforced enforced = Enforced.on(cgroup, object(POLICY, KernelVersion.V6_1), Map.of())) {
            answers = run(cgroup);
        }
        assertThat(answers)
                .containsExactly(
                        "ok", // Linux
                        "ok", "ok", // with its newline
                        "ok", // `*` matches a newline, and a final newline is ignored
                        "ok", // a byte that is not text
                        "EPERM", // `*` stops at a slash
                        "EPERM", "EACCES", "ok", // both read up to the NUL
                        "EACCES", // truncated: it may end in -bad
                        "EACCES", // at an offset: unknown
                        "EPERM", "ENOENT");
    }

    private static BpfObject object(String policy, KernelVersion target) {
        return PolicyObjects.of("strings.wall", policy, target, ByteOrder.nativeOrder());
    }

    private static List<String> run(ChildCgroup cgroup) {
        return Scripts.run(Path.of(""), cgroup.path(), Set.of(), SCRIPT)
                .succeeded()
                .lines()
                .toList();
    }
}
