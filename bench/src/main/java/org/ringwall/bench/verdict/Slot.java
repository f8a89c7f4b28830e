// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A cgroup of one contestant, and sockets that belong to it, because a process in it created them.
 */
final class Slot implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final int IFREQ = 40;
    private static final int IFNAMSIZ = 16;

    private final Syscalls syscalls;
    private final Path cgroup;
    private final long udp4;
    private final long udp6;
    private final long tcp4;
    private boolean open = true;

    Slot(Syscalls syscalls, Path cgroup) {
        this.syscalls = syscalls;
        this.cgroup = cgroup;
        this.udp4 = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
        this.udp6 = syscalls.require(Call.SOCKET, AF_INET6, SOCK_DGRAM, 0);
        this.tcp4 = syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM, 0);
    }

    /** Moves this process into a cgroup. */
    static void enter(Path cgroup) throws IOException {
        Files.writeString(
                cgroup.resolve("cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
    }

    /** Moves this thread into a network namespace with only a loopback device, which is up. */
    static void leaveNetwork(Syscalls syscalls) {
        syscalls.require(Call.UNSHARE, CLONE_NEWNET, 0, 0);
        long socket = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock request =
                    frame.zeros(IFREQ).put(0, new byte[] {'l', 'o'}).putInt(IFNAMSIZ, IFF_UP);
            syscalls.require(Call.IOCTL, socket, SIOCSIFFLAGS, request.address());
        } finally {
            syscalls.call(Call.CLOSE, socket, 0, 0, 0, 0, 0);
        }
    }

    /** Returns the directory of the cgroup. */
    Path cgroup() {
        return cgroup;
    }

    long udp4() {
        return udp4;
    }

    long udp6() {
        return udp6;
    }

    long tcp4() {
        return tcp4;
    }

    /**
     * Returns the settings of a TCP connection to a listener in this slot
     * ({@link Connections#tuned}).
     */
    String tuned() {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return new Connections(syscalls, frame).tuned();
        }
    }

    /**
     * Makes TCP connections to a listener in this slot, one after another, and returns how many
     * were established.
     */
    int connections(int count) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return new Connections(syscalls, frame).make(count);
        }
    }

    /** Closes the sockets. Further calls have no effect. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        for (long socket : new long[] {udp4, udp6, tcp4}) {
            syscalls.call(Call.CLOSE, socket, 0, 0, 0, 0, 0);
        }
    }
}
