// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * The main loop of a process that visits cgroups. `enter CGROUP` moves it into the cgroup, and into
 * new network and UTS namespaces with a loopback interface that is up; it answers `ready`. `leave`
 * closes the sockets of the visit and moves it back to its first cgroup; it answers `left`. The
 * visitor answers all lines in between, one line for each.
 */
public final class Visits {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int CLONE_NEWUTS = 0x04000000;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final int LAST_STANDARD_STREAM = 2;

    /** The behaviour of the process during one visit. */
    public interface Visitor extends AutoCloseable {
        /** Called in the cgroup, before `ready` is printed. */
        default void entered() {}

        /** Answers a line, given as words. */
        String answer(String[] words) throws InterruptedException;

        @Override
        default void close() {}
    }

    private final Syscalls syscalls;
    private final Path home;

    private Visits(Syscalls syscalls, Path home) {
        this.syscalls = syscalls;
        this.home = home;
    }

    /**
     * Serves standard input until it ends. Each visitor is created before its visit, while the
     * process is in the cgroup `home`.
     */
    public static void serve(Syscalls syscalls, Path home, Supplier<Visitor> visitors)
            throws IOException, InterruptedException {
        Visits visits = new Visits(syscalls, home);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!line.startsWith("enter ")) {
                throw new IllegalStateException("`" + line + "` outside of a visit");
            }
            try (Visitor visitor = visitors.get()) {
                visits.enter(Path.of(line.substring("enter ".length())));
                visitor.entered();
                out.println("ready");
                for (line = in.readLine(); line != null && !line.equals("leave"); line = in.readLine()) {
                    out.println(visitor.answer(line.split(" ", -1)));
                }
            }
            visits.leave();
            out.println("left");
        }
    }

    private void enter(Path cgroup) throws IOException {
        moveTo(cgroup);
        isolate();
    }

    private void leave() throws IOException {
        closeSockets();
        moveTo(home);
    }

    private static void moveTo(Path cgroup) throws IOException {
        Files.writeString(
                cgroup.resolve("cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
    }

    /**
     * Unshares the namespaces. New threads inherit them, so the threads that answer are in them
     * too.
     */
    private void isolate() {
        syscalls.require(Call.UNSHARE, CLONE_NEWNET | CLONE_NEWUTS, 0, 0);
        long fd = syscalls.require(Call.SOCKET, 2, 2, 0);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock request = frame.zeros(40);
            request.put(0, "lo".getBytes(StandardCharsets.US_ASCII)).putByte(16, IFF_UP);
            syscalls.require(Call.IOCTL, fd, SIOCSIFFLAGS, request.address());
        }
        syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
    }

    /** Closes all sockets. The JVM itself has none. */
    private void closeSockets() throws IOException {
        List<Path> open;
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            open = all.toList();
        }
        for (Path descriptor : open) {
            long fd = Long.parseLong(descriptor.getFileName().toString());
            if (fd > LAST_STANDARD_STREAM && isSocket(descriptor)) {
                syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
            }
        }
    }

    static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // it has been closed meanwhile, like the descriptor of the listing itself
        }
    }
}
