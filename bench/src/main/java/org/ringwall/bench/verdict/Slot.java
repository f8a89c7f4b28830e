package org.ringwall.bench.verdict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/** A cgroup of one contestant, and sockets that belong to it: those that were made by a process in it. */
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

    /** Puts this process into a cgroup. */
    static void enter(Path cgroup) throws IOException {
        Files.writeString(
                cgroup.resolve("cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
    }

    /** Puts this thread into a network namespace with nothing but a loopback device, which is up. */
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

    /** Its directory. */
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

    /** What a TCP connection to a listener of its own is tuned to ({@link Connections#tuned}). */
    String tuned() {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return new Connections(syscalls, frame).tuned();
        }
    }

    /** Makes TCP connections to a listener of its own, one after another, and says how many came about. */
    int connections(int count) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return new Connections(syscalls, frame).make(count);
        }
    }

    /** Closes the sockets, once. */
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
