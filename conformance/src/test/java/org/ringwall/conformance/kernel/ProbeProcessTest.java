// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.value.U128;
import org.ringwall.testkit.KernelTest;

@KernelTest
class ProbeProcessTest {
    private static final Actor ROOT = new Actor(0, 0);
    private static final RawAddress LOOPBACK = new RawAddress(true, U128.of(0x7f000001L));
    private static final RawAddress MAPPED = new RawAddress(false, new U128(0, 0xffff7f000001L));

    @Test
    void callsWithoutAPolicyGetTheKernelsResult() {
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path())) {
            assertThat(cgroup.path().resolve("cgroup.procs")).content().contains(Long.toString(probe.pid()));
            SocketCall udp = new SocketCall(SocketCall.Operation.SEND, 2, 2, 17, LOOPBACK, 9);
            assertThat(probe.socket(ROOT, udp)).isEqualTo(new Answer(0, "sendto"));
            SocketCall mapped = new SocketCall(SocketCall.Operation.CONNECT, 10, 2, 0, MAPPED, 9);
            assertThat(probe.socket(Actor.ORDINARY, mapped)).isEqualTo(new Answer(0, "connect"));
            SocketCall raw = new SocketCall(SocketCall.Operation.MAKE, 2, 3, 1, LOOPBACK, 0);
            assertThat(probe.socket(ROOT, raw)).isEqualTo(new Answer(0, "socket"));
            assertThat(probe.socket(Actor.ORDINARY, raw)).isEqualTo(new Answer(Answer.EPERM, "socket"));
            SocketCall low = new SocketCall(SocketCall.Operation.BIND, 2, 1, 6, LOOPBACK, 80);
            assertThat(probe.socket(ROOT, low)).isEqualTo(new Answer(0, "bind"));
            assertThat(probe.open(Actor.ORDINARY, Path.of("/dev/null"), 2)).isEqualTo(new Answer(0, "open"));
            assertThat(probe.readSysctl(Actor.ORDINARY, "kernel/hostname")).isEqualTo(new Answer(0, "read"));
        }
    }

    /**
     * The process is reused by the next test: in another cgroup and namespace, and without the
     * descriptors that it opened before.
     */
    @Test
    void aReusedProcessKeepsNothingFromThePreviousTest() throws IOException {
        Path path;
        long pid;
        long namespace;
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path())) {
            path = cgroup.path();
            pid = probe.pid();
            namespace = probe.caller().netns();
            assertThat(probe.flow().errno()).isZero();
            assertThat(sockets(pid)).isNotZero();
        }
        assertThat(Files.exists(path)).isFalse();
        assertThat(sockets(pid)).isZero();
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path())) {
            assertThat(probe.pid()).isEqualTo(pid);
            assertThat(cgroup.path().resolve("cgroup.procs")).content().contains(Long.toString(pid));
            if (ProbeProcess.KNOWS_NETNS) {
                assertThat(probe.caller().netns()).isNotEqualTo(namespace);
            }
        }
    }

    private static long sockets(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.filter(Visits::isSocket).count();
        }
    }

    /** A process that was killed with its cgroup is not reused. */
    @Test
    void aKilledProcessIsReplaced() {
        long pid;
        try (ChildCgroup next = ChildCgroup.make()) {
            ChildCgroup cgroup = ChildCgroup.make();
            try (ProbeProcess probe = ProbeProcess.in(cgroup.path())) {
                pid = probe.pid();
                cgroup.close();
            }
            try (ProbeProcess probe = ProbeProcess.in(next.path())) {
                assertThat(probe.pid()).isNotEqualTo(pid);
                assertThat(probe.open(ROOT, Path.of("/dev/null"), 2)).isEqualTo(new Answer(0, "open"));
            }
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
    }
}
