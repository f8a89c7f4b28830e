package org.ringwall.bench.verdict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/** A set of keys as calls that are ready to be made. */
final class Calls implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCKADDR_4 = 16;
    private static final int SOCKADDR_6 = 28;
    private static final int STRIDE = 32;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int BUFFER = 4096;
    private static final Path SYSCTLS = Path.of("/proc/sys");

    /** What is called. */
    private enum Kind {
        UDP4,
        UDP6,
        TCP4,
        SEND,
        ACCESS,
        READ,
        WRITE
    }

    private final Syscalls syscalls;
    private final Kind[] kinds;
    private final long[] first;
    private final long[] second;
    private final NativeBlock addresses;
    private final NativeBlock buffer;
    private final NativeBlock digit;
    private final Map<String, Long> opened = new HashMap<>();
    private final Map<Slot, boolean[]> seen = new HashMap<>();

    private Calls(Syscalls syscalls, NativeArena.Frame frame, int size) {
        this.syscalls = syscalls;
        this.kinds = new Kind[size];
        this.first = new long[size];
        this.second = new long[size];
        this.addresses = frame.zeros(size * STRIDE);
        this.buffer = frame.zeros(BUFFER);
        this.digit = frame.zeros(Long.BYTES);
        digit.put(0, new byte[] {'0'});
    }

    /** Reads keys from lines. */
    static Calls read(Syscalls syscalls, NativeArena.Frame frame, Path file, Path nodes) throws IOException {
        List<String> lines = Files.readAllLines(file);
        Calls calls = new Calls(syscalls, frame, lines.size());
        Map<String, Long> paths = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String[] words = lines.get(i).split(" ", -1);
            switch (words[0]) {
                case "udp", "tcp", "send" -> calls.address(i, words);
                case "access" -> {
                    String node = nodes.resolve(words[2]).toString();
                    long path =
                            paths.computeIfAbsent(node, text -> frame.text(text).address());
                    calls.set(i, Kind.ACCESS, path, Long.parseLong(words[1]));
                }
                case "read" -> calls.set(i, Kind.READ, calls.open(frame, words[1], O_RDONLY), 0);
                case "write" -> calls.set(i, Kind.WRITE, calls.open(frame, words[1], O_WRONLY), 0);
                default -> throw new IllegalArgumentException(lines.get(i));
            }
        }
        return calls;
    }

    private void set(int index, Kind kind, long one, long other) {
        kinds[index] = kind;
        first[index] = one;
        second[index] = other;
    }

    /** A sockaddr_in or sockaddr_in6; address and port in network order. */
    private void address(int index, String[] words) {
        byte[] address = HexFormat.of().parseHex(words[1]);
        int port = Integer.parseInt(words[2]);
        boolean six = address.length == 16;
        int at = index * STRIDE;
        addresses.put(at, new byte[] {(byte) (six ? AF_INET6 : AF_INET), 0, (byte) (port >>> 8), (byte) port});
        addresses.put(at + (six ? 8 : 4), address);
        Kind kind =
                words[0].equals("send") ? Kind.SEND : six ? Kind.UDP6 : words[0].equals("tcp") ? Kind.TCP4 : Kind.UDP4;
        set(index, kind, addresses.address() + at, 0);
    }

    private long open(NativeArena.Frame frame, String name, int flags) {
        return opened.computeIfAbsent(
                flags + name,
                key -> syscalls.require(
                        Call.OPENAT,
                        AT_FDCWD,
                        frame.text(SYSCTLS.resolve(name).toString()).address(),
                        flags));
    }

    private boolean denied(Slot slot, int index) {
        long one = first[index];
        long result = switch (kinds[index]) {
            case UDP4 -> syscalls.call(Call.CONNECT, slot.udp4(), one, SOCKADDR_4, 0, 0, 0);
            case UDP6 -> syscalls.call(Call.CONNECT, slot.udp6(), one, SOCKADDR_6, 0, 0, 0);
            case TCP4 -> syscalls.call(Call.CONNECT, slot.tcp4(), one, SOCKADDR_4, 0, 0, 0);
            case SEND -> syscalls.call(Call.SENDTO, slot.udp4(), buffer.address(), 1, MSG_DONTWAIT, one, SOCKADDR_4);
            case ACCESS -> syscalls.call(Call.FACCESSAT, AT_FDCWD, one, second[index], 0, 0, 0);
            // Behind the first read the kernel finds the end of the file, after it has asked the hook.
            case READ -> syscalls.call(Call.READ, one, buffer.address(), BUFFER, 0, 0, 0);
            // Behind the first write the kernel writes nothing, after it has asked the hook.
            case WRITE -> syscalls.call(Call.WRITE, one, digit.address(), 1, 0, 0, 0);
        };
        return result == -Errno.EPERM.number();
    }

    /** A digit for each key: 1 where the hook denied. */
    String check(Slot slot) {
        boolean[] denied = new boolean[kinds.length];
        StringBuilder digits = new StringBuilder();
        for (int i = 0; i < denied.length; i++) {
            denied[i] = denied(slot, i);
            digits.append(denied[i] ? '1' : '0');
        }
        seen.put(slot, denied);
        return digits.toString();
    }

    /**
     * After each call whom the socket is connected to and whom getpeername(2) names, with `/` between: address and port in hex,
     * `none` for nobody.
     */
    String peers(Slot slot) throws IOException {
        StringJoiner peers = new StringJoiner(" ");
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock name = frame.zeros(STRIDE);
            NativeBlock length = frame.zeros(Integer.BYTES);
            for (int i = 0; i < kinds.length; i++) {
                if (kinds[i] != Kind.UDP4) {
                    throw new IllegalArgumentException(kinds[i] + " connects no socket that could be asked");
                }
                syscalls.call(Call.CONNECT, slot.udp4(), first[i], SOCKADDR_4, 0, 0, 0);
                length.putInt(0, SOCKADDR_4);
                long named = syscalls.call(Call.GETPEERNAME, slot.udp4(), name.address(), length.address(), 0, 0, 0);
                String seen = HexFormat.of().formatHex(name.bytes(4, 4))
                        + HexFormat.of().formatHex(name.bytes(2, 2));
                peers.add(Connected.to(slot.udp4()) + "/" + (named == 0 ? seen : "none"));
            }
        }
        return peers.toString();
    }

    /** How many of so many calls fared otherwise than at the check. */
    int run(Slot slot, int count, long seed, int span) {
        boolean[] expected = seen.getOrDefault(slot, new boolean[0]);
        int among = Math.min(span, expected.length);
        SplittableRandom random = new SplittableRandom(seed);
        int otherwise = 0;
        for (int i = 0; i < count; i++) {
            int index = random.nextInt(among);
            if (denied(slot, index) != expected[index]) {
                otherwise++;
            }
        }
        return otherwise;
    }

    @Override
    public void close() {
        opened.values().forEach(fd -> syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0));
    }
}
