package org.ringwall.bench.verdict;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/**
 * The process that makes the calls, many at one word: it enters a cgroup and an empty network namespace, so that nothing it
 * sends to can be reached, and answers each line that it reads.
 *
 * <p>`check SET` makes the call of each key once and answers with a digit each, 1 where the hook denied. `run SET COUNT SEED`
 * makes COUNT calls, each with a key drawn anew, and answers how many fared otherwise than at the check.
 */
public final class Driver {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int AT_FDCWD = -100;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCKADDR = 16;
    private static final int EPERM = 1;

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final long socket;

    private Driver() {
        syscalls.require(Call.UNSHARE, CLONE_NEWNET, 0, 0);
        this.socket = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
    }

    /** `args[0]` is the directory of the cgroup to enter, the others are files of keys: the sets 0, 1, …. */
    public static void main(String[] args) throws IOException {
        Files.writeString(
                Path.of(args[0], "cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
        Driver driver = new Driver();
        try (NativeArena arena = new NativeArena(driver.syscalls);
                NativeArena.Frame frame = arena.frame()) {
            List<KeySet> sets = new ArrayList<>();
            for (int i = 1; i < args.length; i++) {
                sets.add(driver.read(frame, Path.of(args[i])));
            }
            serve(sets);
        }
    }

    private static void serve(List<KeySet> sets) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        out.println("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            KeySet set = sets.get(Integer.parseInt(words[1]));
            out.println(
                    words[0].equals("check")
                            ? set.check()
                            : Integer.toString(set.run(Integer.parseInt(words[2]), Long.parseLong(words[3]))));
        }
    }

    /** A line of a key is `connect ADDRESS PORT` or `access MODE NODE`. */
    static String line(Key key, Path nodes) {
        if (key instanceof Key.Connect connect) {
            return "connect " + connect.address() + " " + connect.port();
        }
        Key.Access access = (Key.Access) key;
        return "access " + access.mode() + " " + nodes.resolve(access.node());
    }

    private KeySet read(NativeArena.Frame frame, Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        KeySet set = new KeySet(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            String[] words = lines.get(i).split(" ", 3);
            if (words[0].equals("connect")) {
                set.connect(i, sockaddr(frame, Integer.parseInt(words[1]), Integer.parseInt(words[2])));
            } else {
                set.access(i, frame.text(words[2]), Integer.parseInt(words[1]));
            }
        }
        return set;
    }

    /** A sockaddr_in; address and port in network order. */
    private static NativeBlock sockaddr(NativeArena.Frame frame, int address, int port) {
        NativeBlock block = frame.zeros(SOCKADDR);
        block.put(0, new byte[] {AF_INET, 0, (byte) (port >>> 8), (byte) port});
        return block.put(
                4,
                new byte[] {(byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address});
    }

    /** Calls that are ready to be made. */
    private final class KeySet {
        private final Call[] calls;
        private final long[][] args;
        private final boolean[] denied;

        KeySet(int size) {
            calls = new Call[size];
            args = new long[size][];
            denied = new boolean[size];
        }

        void connect(int index, NativeBlock address) {
            calls[index] = Call.CONNECT;
            args[index] = new long[] {socket, address.address(), SOCKADDR};
        }

        void access(int index, NativeBlock path, int mode) {
            calls[index] = Call.FACCESSAT;
            args[index] = new long[] {AT_FDCWD, path.address(), mode};
        }

        private boolean denies(int index) {
            long[] given = args[index];
            return syscalls.call(calls[index], given[0], given[1], given[2], 0, 0, 0) == -EPERM;
        }

        String check() {
            StringBuilder digits = new StringBuilder();
            for (int i = 0; i < denied.length; i++) {
                denied[i] = denies(i);
                digits.append(denied[i] ? '1' : '0');
            }
            return digits.toString();
        }

        int run(int count, long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            int otherwise = 0;
            for (int i = 0; i < count; i++) {
                int index = random.nextInt(denied.length);
                if (denies(index) != denied[index]) {
                    otherwise++;
                }
            }
            return otherwise;
        }
    }
}
