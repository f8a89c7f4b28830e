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
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/**
 * The loop of a process that visits one cgroup after another: `enter CGROUP` takes it there, and into network and UTS
 * namespaces of its own with a loopback interface that is up, `leave` back to where it began, without the sockets of that
 * visit. It answers with `ready` and `left`; all lines between are the visitor's, which answers a line for each.
 */
public final class Visits {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int CLONE_NEWUTS = 0x04000000;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;
    private static final int LAST_STANDARD_STREAM = 2;

    /** What a process is in one visit. */
    public interface Visitor extends AutoCloseable {
        /** Called in the cgroup, before the visit is `ready`. */
        default void entered() {}

        /** To a line of words. */
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

    /** Serves standard input to its end; each visitor is made before its visit, outside of the cgroup, which is `home`. */
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

    /** Threads inherit the namespaces of the thread that makes them, so those that answer are in them too. */
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

    /** The JVM itself has none. */
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
            return false; // it is closed by now, as that of the listing itself
        }
    }
}
