// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.ringwall.conformance.kernel.Visits;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * The process that makes the calls (see {@link Visits}). `UID GID CPU COMMAND …` runs as this user
 * and group on this CPU, or on any CPU for -1.
 */
public final class CallServer implements Visits.Visitor {
    private static final int MASK_BYTES = 128;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;

    /** The offset of sin_port in struct sockaddr_in, which is in network byte order. */
    private static final int PORT = 2;

    private final Syscalls syscalls;

    private CallServer(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Serves standard input; `args[0]` is the directory of its own cgroup. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Visits.serve(syscalls, Path.of(args[0]), () -> new CallServer(syscalls));
    }

    /** Answers in a new thread, because ids and CPU affinity belong to a thread. */
    @Override
    public String answer(String[] words) throws InterruptedException {
        BlockingQueue<String> answers = new ArrayBlockingQueue<>(1);
        new Thread(() -> answers.add(as(words))).start();
        return answers.take();
    }

    private String as(String[] words) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long uid = Long.parseLong(words[0]);
            long gid = Long.parseLong(words[1]);
            int cpu = Integer.parseInt(words[2]);
            if (cpu >= 0) {
                NativeBlock mask = frame.zeros(MASK_BYTES).putByte(cpu / 8, 1 << cpu % 8);
                syscalls.require(Call.SCHED_SETAFFINITY, 0, MASK_BYTES, mask.address());
            }
            if (gid != 0) {
                syscalls.require(Call.SETRESGID, gid, gid, gid);
            }
            if (uid != 0) {
                syscalls.require(Call.SETRESUID, uid, uid, uid);
            }
            return command(frame, Arrays.copyOfRange(words, 3, words.length));
        } catch (RuntimeException e) {
            System.err.println("call server: " + e);
            return "broken " + e;
        }
    }

    private String command(NativeArena.Frame frame, String[] words) {
        return switch (words[0]) {
            case "call" -> call(frame, words);
            case "many" -> many(frame, words);
            case "for" -> timed(frame, words);
            case "fresh" -> fresh(frame, words);
            case "turns" -> turns(frame, words);
            default -> throw new IllegalArgumentException("no command " + words[0]);
        };
    }

    /**
     * Runs `call NAME ARGUMENT…`. Returns the result, followed by the contents of each memory
     * argument after the call.
     */
    private String call(NativeArena.Frame frame, String[] words) {
        Prepared call = new Prepared(frame, words, 1);
        return call.make() + call.memory();
    }

    /**
     * Runs `many TIMES NAME ARGUMENT…`. Returns the number of calls, of successes, and of failures
     * with EPERM.
     */
    private String many(NativeArena.Frame frame, String[] words) {
        Prepared call = new Prepared(frame, words, 2);
        Tally tally = new Tally();
        for (long left = Long.parseLong(words[1]); left > 0; left--) {
            tally.add(call.make());
        }
        return tally.toString();
    }

    /** Runs `for MILLISECONDS NAME ARGUMENT…`: as `many`, for this time. */
    private String timed(NativeArena.Frame frame, String[] words) {
        Prepared call = new Prepared(frame, words, 2);
        Tally tally = new Tally();
        long end = System.nanoTime() + Long.parseLong(words[1]) * 1_000_000;
        while (System.nanoTime() < end) {
            tally.add(call.make());
        }
        return tally.toString();
    }

    /** Runs `fresh TIMES FAMILY TYPE ADDRESS`: connect(2) of a new socket each time. */
    private String fresh(NativeArena.Frame frame, String[] words) {
        byte[] bytes = HexFormat.of().parseHex(words[4]);
        NativeBlock address = frame.bytes(bytes);
        Tally tally = new Tally();
        for (long left = Long.parseLong(words[1]); left > 0; left--) {
            long fd = syscalls.require(Call.SOCKET, Long.parseLong(words[2]), Long.parseLong(words[3]), 0);
            tally.add(syscalls.call(Call.CONNECT, fd, address.address(), bytes.length, 0, 0, 0));
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
        return tally.toString();
    }

    /**
     * Runs `turns MILLISECONDS FIRST LAST ADDRESS`: connect(2) of one datagram socket for this
     * time, alternately to the IPv4 address and to the next port from FIRST to LAST there. Returns
     * the counts of the former, then of the latter.
     */
    private String turns(NativeArena.Frame frame, String[] words) {
        int first = Integer.parseInt(words[2]);
        int last = Integer.parseInt(words[3]);
        byte[] bytes = HexFormat.of().parseHex(words[4]);
        NativeBlock address = frame.bytes(bytes);
        NativeBlock other = frame.bytes(bytes);
        long fd = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
        Tally own = new Tally();
        Tally others = new Tally();
        int port = first;
        long end = System.nanoTime() + Long.parseLong(words[1]) * 1_000_000;
        while (System.nanoTime() < end) {
            own.add(syscalls.call(Call.CONNECT, fd, address.address(), bytes.length, 0, 0, 0));
            other.putByte(PORT, port >> 8).putByte(PORT + 1, port);
            others.add(syscalls.call(Call.CONNECT, fd, other.address(), bytes.length, 0, 0, 0));
            port = port == last ? first : port + 1;
        }
        syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        return own + " " + others;
    }

    private static final class Tally {
        private static final int EPERM = 1;

        private long made;
        private long succeeded;
        private long denied;

        void add(long result) {
            made++;
            succeeded += result >= 0 ? 1 : 0;
            denied += result == -EPERM ? 1 : 0;
        }

        @Override
        public String toString() {
            return made + " " + succeeded + " " + denied;
        }
    }

    /** A call with its arguments: integers, and `x` followed by hex for memory with these bytes. */
    private final class Prepared {
        private final Call call;
        private final long[] arguments = new long[6];
        private final NativeBlock[] blocks;

        Prepared(NativeArena.Frame frame, String[] words, int at) {
            call = Call.valueOf(words[at]);
            blocks = new NativeBlock[words.length - at - 1];
            for (int i = 0; i < blocks.length; i++) {
                String word = words[at + 1 + i];
                if (word.startsWith("x")) {
                    blocks[i] = frame.bytes(HexFormat.of().parseHex(word.substring(1)));
                    arguments[i] = blocks[i].address();
                } else {
                    arguments[i] = Long.parseLong(word);
                }
            }
        }

        long make() {
            return syscalls.call(
                    call, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
        }

        String memory() {
            StringBuilder text = new StringBuilder();
            for (NativeBlock block : blocks) {
                if (block != null) {
                    text.append(' ').append(HexFormat.of().formatHex(block.bytes(0, block.size())));
                }
            }
            return text.toString();
        }
    }
}
