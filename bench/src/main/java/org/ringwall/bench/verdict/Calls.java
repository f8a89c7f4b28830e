// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** A set of keys, prepared as system calls. */
final class Calls implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCKADDR_4 = 16;
    private static final int SOCKADDR_6 = 28;
    private static final int STRIDE = 32;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int BUFFER = 4096;
    private static final Path SYSCTLS = Path.of("/proc/sys");
    private static final int O_WRONLY = 1;

    /** The size of an option's value in bytes. */
    private static final int OPTION = 4;

    /** The system call of a key. */
    private enum Kind {
        UDP4,
        UDP6,
        TCP4,
        SEND,
        ACCESS,
        READ,
        WRITE,
        SET,
        GET
    }

    private final Syscalls syscalls;
    private final Kind[] kinds;
    private final long[] first;
    private final long[] second;
    private final NativeBlock addresses;
    private final NativeBlock buffer;

    /** The value of an option, followed by its length. */
    private final NativeBlock option;

    private final Map<String, Long> opened = new HashMap<>();
    private final Map<Slot, boolean[]> seen = new HashMap<>();

    private Calls(Syscalls syscalls, NativeArena.Frame frame, int size) {
        this.syscalls = syscalls;
        this.kinds = new Kind[size];
        this.first = new long[size];
        this.second = new long[size];
        this.addresses = frame.zeros(size * STRIDE);
        this.buffer = frame.zeros(BUFFER);
        this.option = frame.zeros(2 * OPTION);
    }

    /** Reads keys from the lines of a file. */
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
                case "read" -> calls.set(i, Kind.READ, calls.open(frame, words[1]), 0);
                case "write" ->
                    calls.set(
                            i,
                            Kind.WRITE,
                            path(frame, words[1]),
                            frame.text(words[2]).address());
                case "set" -> calls.option(i, Kind.SET, words);
                case "get" -> calls.option(i, Kind.GET, words);
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

    /** Prepares a sockaddr_in or sockaddr_in6, with address and port in network byte order. */
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

    /**
     * Prepares an option. The first operand holds level and option; the second one holds the value
     * to set.
     */
    private void option(int index, Kind kind, String[] words) {
        long named = Long.parseLong(words[1]) << Integer.SIZE | Integer.parseInt(words[2]);
        set(index, kind, named, kind == Kind.SET ? Long.parseLong(words[3]) : 0);
    }

    private static long path(NativeArena.Frame frame, String name) {
        return frame.text(SYSCTLS.resolve(name).toString()).address();
    }

    private long open(NativeArena.Frame frame, String name) {
        return opened.computeIfAbsent(name, text -> syscalls.require(Call.OPENAT, AT_FDCWD, path(frame, text), 0));
    }

    private boolean denied(Slot slot, int index) {
        long one = first[index];
        long result = switch (kinds[index]) {
            case UDP4 -> syscalls.call(Call.CONNECT, slot.udp4(), one, SOCKADDR_4, 0, 0, 0);
            case UDP6 -> syscalls.call(Call.CONNECT, slot.udp6(), one, SOCKADDR_6, 0, 0, 0);
            case TCP4 -> syscalls.call(Call.CONNECT, slot.tcp4(), one, SOCKADDR_4, 0, 0, 0);
            case SEND -> syscalls.call(Call.SENDTO, slot.udp4(), buffer.address(), 1, MSG_DONTWAIT, one, SOCKADDR_4);
            case ACCESS -> syscalls.call(Call.FACCESSAT, AT_FDCWD, one, second[index], 0, 0, 0);
            // After the first read the kernel reaches the end of the file, but it runs the hook
            // first.
            case READ -> syscalls.call(Call.READ, one, buffer.address(), BUFFER, 0, 0, 0);
            case WRITE -> written(one, second[index]);
            case SET -> {
                option.putInt(0, (int) second[index]);
                yield syscalls.call(
                        Call.SETSOCKOPT, slot.udp4(), one >>> Integer.SIZE, (int) one, option.address(), OPTION, 0);
            }
            case GET -> asked(slot, one);
        };
        return result == -Errno.EPERM.number();
    }

    /**
     * Writes one character to a file from its start. The file is opened for it, because a sysctl
     * rejects writes at other positions.
     */
    private long written(long path, long value) {
        long file = syscalls.require(Call.OPENAT, AT_FDCWD, path, O_WRONLY);
        long result = syscalls.call(Call.WRITE, file, value, 1, 0, 0, 0);
        syscalls.call(Call.CLOSE, file, 0, 0, 0, 0, 0);
        return result;
    }

    private long asked(Slot slot, long named) {
        option.putInt(0, 0).putInt(OPTION, OPTION);
        return syscalls.call(
                Call.GETSOCKOPT,
                slot.udp4(),
                named >>> Integer.SIZE,
                (int) named,
                option.address(),
                option.address() + OPTION,
                0);
    }

    /** Makes the call of each key once. Returns a digit for each: 1 if the hook denied it. */
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
     * Makes the call of each key and returns what is observed afterwards. After connect(2): the
     * actual peer and that of getpeername(2), separated by `/`, each as address and port in hex or
     * `none`. For an option: its value and length, separated by `/`. For a write: the content of
     * the file.
     */
    String found(Slot slot) throws IOException {
        StringJoiner all = new StringJoiner(" ");
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            for (int i = 0; i < kinds.length; i++) {
                denied(slot, i);
                all.add(
                        switch (kinds[i]) {
                            case UDP4 -> peer(slot, frame);
                            case SET, GET -> {
                                asked(slot, first[i]);
                                yield option.intAt(0) + "/" + option.intAt(OPTION);
                            }
                            case WRITE -> content(first[i]);
                            default -> throw new IllegalArgumentException(kinds[i] + " leaves nothing to be found");
                        });
            }
        }
        return all.toString();
    }

    private String peer(Slot slot, NativeArena.Frame frame) throws IOException {
        NativeBlock name = frame.zeros(STRIDE);
        NativeBlock length = frame.zeros(Integer.BYTES);
        length.putInt(0, SOCKADDR_4);
        long named = syscalls.call(Call.GETPEERNAME, slot.udp4(), name.address(), length.address(), 0, 0, 0);
        String seen =
                HexFormat.of().formatHex(name.bytes(4, 4)) + HexFormat.of().formatHex(name.bytes(2, 2));
        return Connected.to(slot.udp4()) + "/" + (named == 0 ? seen : "none");
    }

    private String content(long path) {
        long file = syscalls.require(Call.OPENAT, AT_FDCWD, path, 0);
        long length = syscalls.call(Call.READ, file, buffer.address(), BUFFER, 0, 0, 0);
        syscalls.call(Call.CLOSE, file, 0, 0, 0, 0, 0);
        return length < 0 ? "none" : new String(buffer.bytes(0, (int) length), StandardCharsets.US_ASCII).strip();
    }

    /** Makes `count` calls and returns how many differ from {@link #check}. */
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
