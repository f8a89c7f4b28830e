// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;

class SyscallsTest {
    private final Syscalls kernel = Syscalls.ofThisMachine();

    @Test
    void errorsAreReturnedNegated() {
        assertThat(kernel.call(Call.CLOSE, 1 << 20, 0, 0, 0, 0, 0)).isEqualTo(-Errno.EBADF.number());
        assertThatThrownBy(() -> kernel.require(Call.CLOSE, 1 << 20, 0, 0))
                .isInstanceOf(SyscallException.class)
                .hasMessage("close failed with EBADF");
    }

    @Test
    void resultsAreReturned() {
        assertThat(kernel.require(Call.GETPID, 0, 0, 0))
                .isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void interruptedCallsAreRetried() {
        List<Call> calls = new ArrayList<>();
        Syscalls interrupted = (call, a, b, c, d, e, f) -> {
            calls.add(call);
            return calls.size() < 3 ? -Errno.EINTR.number() : 7;
        };
        assertThat(interrupted.require(Call.READ, 0, 0, 0)).isEqualTo(7);
        assertThat(calls).hasSize(3);
    }

    @Test
    void anInterruptedCloseIsNotRetried() {
        List<Call> calls = new ArrayList<>();
        Syscalls interrupted = (call, a, b, c, d, e, f) -> {
            calls.add(call);
            return -Errno.EINTR.number();
        };
        Fd.of(interrupted, 5).close();
        assertThat(calls).containsExactly(Call.CLOSE);
    }

    @Test
    void anInterruptedLockIsRetried() {
        List<Call> calls = new ArrayList<>();
        Syscalls interrupted = (call, a, b, c, d, e, f) -> {
            calls.add(call);
            return calls.size() < 3 ? -Errno.EINTR.number() : 0;
        };
        assertThat(new Host(interrupted).tryLock(Fd.of(interrupted, 5))).isTrue();
        assertThat(calls).containsExactly(Call.FLOCK, Call.FLOCK, Call.FLOCK);
    }

    /** The id of a process that has exited may belong to another process when it is killed. */
    @Test
    void killChecksTheProcessAfterOpeningItsPidfd() {
        List<Call> calls = new ArrayList<>();
        Host host = new Host((call, a, b, c, d, e, f) -> {
            calls.add(call);
            return call == Call.PIDFD_OPEN ? 7 : 0;
        });
        host.kill(4711, () -> {
            assertThat(calls).containsExactly(Call.PIDFD_OPEN);
            return false;
        });
        assertThat(calls).containsExactly(Call.PIDFD_OPEN, Call.CLOSE);
        host.kill(4711, () -> true);
        assertThat(calls.subList(2, 5)).containsExactly(Call.PIDFD_OPEN, Call.PIDFD_SEND_SIGNAL, Call.CLOSE);
    }

    @Test
    void everyCallHasADistinctNumberOnEachMachine() {
        for (Machine machine : Machine.values()) {
            assertThat(Arrays.stream(Call.values()).map(call -> call.number(machine)))
                    .doesNotHaveDuplicates();
        }
        assertThat(Call.BPF.number(Machine.AARCH64)).isEqualTo(280);
        assertThat(Machine.named("riscv64")).isEmpty();
    }

    @Test
    void descriptorsAreClosedOnceAndNotInherited(@TempDir Path dir) throws IOException {
        Host host = new Host(kernel);
        Fd fd = host.openDirectory(dir);
        String info = Files.readString(Path.of("/proc/self/fdinfo/" + fd.number()));
        long flags = Long.parseLong(
                info.lines()
                        .filter(l -> l.startsWith("flags:"))
                        .findFirst()
                        .orElseThrow()
                        .split("\\s+")[1],
                8);
        assertThat(flags & 0x80000).isNotZero();
        fd.close();
        fd.close();
        assertThatThrownBy(fd::number).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLockExcludesOtherHolders(@TempDir Path dir) {
        Host host = new Host(kernel);
        try (Fd one = host.openDirectory(dir);
                Fd two = host.openDirectory(dir)) {
            assertThat(host.tryLock(one)).isTrue();
            assertThat(host.tryLock(two)).isFalse();
            one.close();
            assertThat(host.tryLock(two)).isTrue();
        }
    }

    @Test
    void neverKillsInitOrAProcessGroup() {
        Host host = new Host((call, a, b, c, d, e, f) -> {
            throw new AssertionError("asked the kernel to " + call);
        });
        for (long pid : new long[] {1, 0, -1, -5}) {
            assertThatThrownBy(() -> host.kill(pid, () -> true)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
