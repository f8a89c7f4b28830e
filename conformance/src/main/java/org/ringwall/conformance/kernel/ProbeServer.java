// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
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
import org.ringwall.sys.Call;
import org.ringwall.sys.Syscalls;

/**
 * The process that makes the calls (see {@link Visits}). It answers `UID GID COMM COMMAND …` with
 * `ERRNO STEP`. `repeat TIMES` may precede COMMAND.
 */
public final class ProbeServer implements Visits.Visitor {
    private static final String PING_GROUPS = "/proc/sys/net/ipv4/ping_group_range";

    private final Syscalls syscalls;

    /** The thread that sends packets, which has its own network namespace. */
    private final ExecutorService packetThread = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    private final PacketCalls packets;

    private ProbeServer(Syscalls syscalls) {
        this.syscalls = syscalls;
        this.packets = ofPackets(() -> new PacketCalls(syscalls));
    }

    /** Serves standard input; `args[0]` is the directory of its own cgroup. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Visits.serve(syscalls, Path.of(args[0]), () -> new ProbeServer(syscalls));
    }

    private <T> T ofPackets(Callable<T> operation) {
        try {
            return packetThread.submit(operation).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void entered() {
        Answer ping = new FileCalls(syscalls).write(PING_GROUPS, "0 2147483647".getBytes(StandardCharsets.US_ASCII));
        if (ping.errno() != 0) {
            throw new IllegalStateException("ping sockets stay closed: " + ping);
        }
    }

    @Override
    public void close() {
        packetThread.shutdownNow();
    }

    /** Answers in a new thread, because ids belong to a thread. */
    @Override
    public String answer(String[] words) throws InterruptedException {
        BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(1);
        Thread thread = new Thread(() -> answers.add(as(words)));
        thread.start();
        return answers.take().toString();
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
        FileCalls files = new FileCalls(by);
        return switch (words[0]) {
            case "socket" -> new SocketCalls(by).run(rest);
            case "filter" -> new OptionCalls(by).filterLength();
            case "option" -> new OptionCalls(by).run(OptionCall.parse(rest));
            case "packet" -> ofPackets(() -> packets.run(by, rest));
            case "open" -> files.open(rest[0], Integer.parseInt(rest[1]));
            case "mknod" ->
                files.mknod(rest[0], Integer.parseInt(rest[1]), Long.parseLong(rest[2]), Long.parseLong(rest[3]));
            case "read" -> files.read(rest[0]);
            case "write" -> files.write(rest[0], HexFormat.of().parseHex(rest[1]));
            case "unix" -> new UnixCalls(by).run(rest);
            case "netns" -> new Answer(0, Long.toUnsignedString(NetworkNamespace.cookie(syscalls)));
            default -> throw new IllegalArgumentException("no command " + words[0]);
        };
    }
}
