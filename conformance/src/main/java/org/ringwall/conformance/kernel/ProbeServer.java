package org.ringwall.conformance.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/**
 * The process that makes the calls: enters the cgroup that it is given, then a network namespace of its own, and answers
 * one line for each line read: `UID GID COMM COMMAND …` gives `ERRNO STEP`. Before COMMAND may stand `repeat TIMES`.
 */
public final class ProbeServer {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int CLONE_NEWUTS = 0x04000000;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFF_UP = 1;

    private static final String PING_GROUPS = "/proc/sys/net/ipv4/ping_group_range";

    private final Syscalls syscalls = Syscalls.ofThisMachine();

    /** Packets have a namespace of their own, which is the thread's. */
    private final ExecutorService packetThread = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    private Function<String[], Answer> packets = words -> new Answer(-1, "broken");

    private ProbeServer() {}

    /** `args[0]` is the directory of the cgroup to enter. */
    public static void main(String[] args) throws IOException, InterruptedException {
        new ProbeServer().serve(Path.of(args[0]));
    }

    private void serve(Path cgroup) throws IOException, InterruptedException {
        PacketDeeds deeds = ofPackets(() -> new PacketDeeds(syscalls));
        packets = words -> ofPackets(() -> deeds.run(words));
        Files.writeString(
                cgroup.resolve("cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
        isolateNetwork();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        out.println("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line.split(" ", -1)));
        }
    }

    private <T> T ofPackets(Callable<T> deed) {
        try {
            return packetThread.submit(deed).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Threads inherit the namespace of the thread that makes them, so those that answer are in it too. */
    private void isolateNetwork() {
        syscalls.require(Call.UNSHARE, CLONE_NEWNET | CLONE_NEWUTS, 0, 0);
        long fd = syscalls.require(Call.SOCKET, 2, 2, 0);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock request = frame.zeros(40);
            request.put(0, "lo".getBytes(StandardCharsets.US_ASCII));
            request.putByte(16, IFF_UP);
            syscalls.require(Call.IOCTL, fd, SIOCSIFFLAGS, request.address());
        }
        syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        Answer ping = new FileDeeds(syscalls).write(PING_GROUPS, "0 2147483647".getBytes(StandardCharsets.US_ASCII));
        if (ping.errno() != 0) {
            throw new IllegalStateException("ping sockets stay closed: " + ping);
        }
    }

    /** Ids belong to a thread, so each answer has a thread of its own that ends with it. */
    private Answer answer(String[] words) throws InterruptedException {
        BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(1);
        Thread thread = new Thread(() -> answers.add(as(words)));
        thread.start();
        return answers.take();
    }

    private Answer as(String[] words) {
        try {
            return identified(words);
        } catch (RuntimeException e) {
            System.err.println("probe server: " + e);
            return new Answer(-1, "broken");
        }
    }

    private Answer identified(String[] words) {
        long uid = Long.parseLong(words[0]);
        long gid = Long.parseLong(words[1]);
        rename(HexFormat.of().parseHex(words[2]));
        if (gid != 0) {
            syscalls.require(Call.SETRESGID, gid, gid, gid);
        }
        if (uid != 0) {
            syscalls.require(Call.SETRESUID, uid, uid, uid);
        }
        return command(Arrays.copyOfRange(words, 3, words.length));
    }

    static void rename(byte[] comm) {
        try {
            Files.write(Path.of("/proc/thread-self/comm"), comm);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Answer command(String[] words) {
        return words[0].equals("repeat")
                ? command(
                        new Repeating(syscalls, Integer.parseInt(words[1])), Arrays.copyOfRange(words, 2, words.length))
                : command(syscalls, words);
    }

    private Answer command(Syscalls by, String[] words) {
        String[] rest = Arrays.copyOfRange(words, 1, words.length);
        FileDeeds files = new FileDeeds(by);
        return switch (words[0]) {
            case "socket" -> new SocketDeeds(by).run(rest);
            case "filter" -> new OptionDeeds(by).filterLength();
            case "option" -> new OptionDeeds(by).run(OptionCall.parse(rest));
            case "packet" -> packets.apply(rest);
            case "open" -> files.open(rest[0], Integer.parseInt(rest[1]));
            case "mknod" ->
                files.mknod(rest[0], Integer.parseInt(rest[1]), Long.parseLong(rest[2]), Long.parseLong(rest[3]));
            case "read" -> files.read(rest[0]);
            case "write" -> files.write(rest[0], HexFormat.of().parseHex(rest[1]));
            case "unix" -> new UnixDeeds(by).run(rest);
            case "netns" -> new Answer(0, Long.toUnsignedString(NetworkNamespace.cookie(syscalls)));
            default -> throw new IllegalArgumentException("no command " + words[0]);
        };
    }
}
