// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import org.ringwall.conformance.kernel.VisitingWorker;
import org.ringwall.sys.Call;

/**
 * A {@link CallServer} in a cgroup, which leaves it with {@link #close}. The test makes its system
 * calls one at a time.
 */
public final class Caller implements AutoCloseable {
    /** The size of sockaddr_in6, the largest address used. */
    private static final int ADDRESS_BYTES = 28;

    private static final int DONTWAIT = 0x40;
    private static final int CLOEXEC = 0x80000;
    private static final int SO_COOKIE = 57;
    private static final int SO_NETNS_COOKIE = 71;
    private static final int SO_ORIGINAL_DST = 80;

    private final VisitingWorker worker;
    private long uid;
    private long gid;
    private int cpu = -1;

    private Caller(VisitingWorker worker) {
        this.worker = worker;
    }

    /** Returns a caller that has entered the cgroup. */
    public static Caller in(Path cgroup) {
        return new Caller(VisitingWorker.in(CallServer.class, cgroup));
    }

    /** Returns its process id. */
    public long pid() {
        return worker.pid();
    }

    /** Sets the user of later calls. */
    public Caller as(long user) {
        uid = user;
        return this;
    }

    /** Sets the group of later calls. */
    public Caller of(long group) {
        gid = group;
        return this;
    }

    /** Sets the CPU of later calls, or -1 for any. */
    public Caller on(int processor) {
        cpu = processor;
        return this;
    }

    /**
     * The results of repeated calls.
     *
     * @param made the number of calls
     * @param succeeded the number of calls that succeeded
     * @param denied the number of calls that failed with EPERM
     */
    public record Tally(long made, long succeeded, long denied) {
        static Tally parse(String line) {
            return of(numbers(line), 0);
        }

        private static long[] numbers(String line) {
            return Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
        }

        private static Tally of(long[] numbers, int at) {
            return new Tally(numbers[at], numbers[at + 1], numbers[at + 2]);
        }
    }

    /**
     * The result of a call.
     *
     * @param result the return value of the system call, a negative errno on failure
     * @param memory the contents of each memory argument after the call
     */
    public record Result(long result, List<byte[]> memory) {}

    /** Makes a call. Arguments are numbers, or byte arrays for memory. */
    public Result call(Call call, Object... arguments) {
        String[] words = ask("call " + words(call, arguments)).split(" ");
        return new Result(
                Long.parseLong(words[0]),
                Arrays.stream(words).skip(1).map(HexFormat.of()::parseHex).toList());
    }

    /** Makes a call `times` times without a pause. */
    public Tally many(long times, Call call, Object... arguments) {
        return Tally.parse(ask("many " + times + " " + words(call, arguments)));
    }

    /** Makes a call repeatedly for this time. */
    public Tally during(long milliseconds, Call call, Object... arguments) {
        return Tally.parse(ask("for " + milliseconds + " " + words(call, arguments)));
    }

    /** Connects a new datagram socket `times` times. */
    public Tally fresh(long times, String to) {
        byte[] address = address(to);
        return Tally.parse(
                ask("fresh " + times + " " + address[0] + " 2 " + HexFormat.of().formatHex(address)));
    }

    /**
     * The results of calls to two destinations in alternation.
     *
     * @param own the calls to the address itself
     * @param others the calls to other ports of it
     */
    public record Turns(Tally own, Tally others) {}

    /**
     * Connects a datagram socket for this time, alternately to an IPv4 address and to the next port
     * from `first` to `last` there.
     */
    public Turns turns(long milliseconds, String to, int first, int last) {
        String hex = HexFormat.of().formatHex(address(to));
        long[] numbers = Tally.numbers(ask("turns " + milliseconds + " " + first + " " + last + " " + hex));
        return new Turns(Tally.of(numbers, 0), Tally.of(numbers, 3));
    }

    private static String words(Call call, Object... arguments) {
        StringJoiner words = new StringJoiner(" ").add(call.name());
        for (Object argument : arguments) {
            words.add(argument instanceof byte[] bytes ? "x" + HexFormat.of().formatHex(bytes) : argument.toString());
        }
        return words.toString();
    }

    private String ask(String command) {
        String answer = worker.ask(uid + " " + gid + " " + cpu + " " + command);
        if (answer.startsWith("broken")) {
            throw new IllegalStateException("`" + command + "` is " + answer);
        }
        return answer;
    }

    private long require(Call call, Object... arguments) {
        long result = call(call, arguments).result();
        if (result < 0) {
            throw new IllegalStateException(words(call, arguments) + " gave " + result);
        }
        return result;
    }

    /** Creates a TCP socket of family `4` or `6`. */
    public long tcp(int family) {
        return require(Call.SOCKET, family == 4 ? 2 : 10, 1 | CLOEXEC, 0);
    }

    /** Creates a UDP socket of family `4` or `6`. */
    public long udp(int family) {
        return require(Call.SOCKET, family == 4 ? 2 : 10, 2 | CLOEXEC, 0);
    }

    /** Connects a socket and returns 0 or the errno. */
    public long connect(long fd, String to) {
        byte[] address = address(to);
        return -call(Call.CONNECT, fd, address, address.length).result();
    }

    /** Connects a TCP socket, which is closed again, and returns 0 or the errno. */
    public long connectTcp(String to) {
        long fd = tcp(to.startsWith("[") ? 6 : 4);
        long errno = connect(fd, to);
        close(fd);
        return errno;
    }

    /** Binds a socket and returns 0 or the errno. */
    public long bind(long fd, String to) {
        byte[] address = address(to);
        return -call(Call.BIND, fd, address, address.length).result();
    }

    /** Binds a socket to an address and returns it. A TCP socket then listens. */
    public long listener(long fd, String at) {
        if (bind(fd, at) != 0) {
            throw new IllegalStateException("bind to " + at);
        }
        call(Call.LISTEN, fd, 64);
        return fd;
    }

    /** Accepts the next connection of a listening socket. */
    public long accept(long fd) {
        return require(Call.ACCEPT4, fd, 0, 0, CLOEXEC);
    }

    /** Sends a text with sendto(2) and returns the number of bytes, or the negative errno. */
    public long send(long fd, String text, String to) {
        byte[] address = address(to);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return call(Call.SENDTO, fd, bytes, bytes.length, 0, address, address.length)
                .result();
    }

    /**
     * Sends a text through a connected socket and returns the number of bytes, or the negative
     * errno.
     */
    public long send(long fd, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return call(Call.SENDTO, fd, bytes, bytes.length, 0, 0, 0).result();
    }

    /**
     * Receives a datagram with recvfrom(2). Returns `TEXT from ADDRESS:PORT`, or the negative
     * errno.
     */
    public String receive(long fd) {
        Result result = call(Call.RECVFROM, fd, new byte[64], 64, DONTWAIT, new byte[ADDRESS_BYTES], length());
        if (result.result() < 0) {
            return Long.toString(result.result());
        }
        String text = new String(result.memory().get(0), 0, (int) result.result(), StandardCharsets.UTF_8);
        return text + " from " + text(result.memory().get(1));
    }

    /** Returns the address of getpeername(2), or the negative errno. */
    public String peer(long fd) {
        return named(call(Call.GETPEERNAME, fd, new byte[ADDRESS_BYTES], length()));
    }

    /** Returns the address of getsockname(2), or the negative errno. */
    public String own(long fd) {
        return named(call(Call.GETSOCKNAME, fd, new byte[ADDRESS_BYTES], length()));
    }

    /** Returns the local port. */
    public int port(long fd) {
        String own = own(fd);
        return Integer.parseInt(own.substring(own.lastIndexOf(':') + 1));
    }

    private static String named(Result result) {
        return result.result() < 0
                ? Long.toString(result.result())
                : text(result.memory().get(0));
    }

    /** Returns the cookie of the socket, as programs read it. */
    public long cookie(long fd) {
        return eightBytes(fd, SO_COOKIE);
    }

    /**
     * Returns the cookie of the socket's network namespace, as programs read it: SO_NETNS_COOKIE
     * (5.14).
     */
    public long netns(long fd) {
        return eightBytes(fd, SO_NETNS_COOKIE);
    }

    private long eightBytes(long fd, int option) {
        Result result = call(Call.GETSOCKOPT, fd, 1, option, new byte[Long.BYTES], length(Long.BYTES));
        return ByteBuffer.wrap(result.memory().get(0))
                .order(ByteOrder.nativeOrder())
                .getLong();
    }

    /**
     * Returns the errno of getsockopt(2) for an option of SOL_SOCKET with a buffer of 4 bytes, or 0
     * on success.
     */
    public long option(long fd, int option) {
        return -call(Call.GETSOCKOPT, fd, 1, option, new byte[Integer.BYTES], length(Integer.BYTES))
                .result();
    }

    /**
     * Returns the result of getsockopt(2) with SO_ORIGINAL_DST and a buffer of `room` bytes:
     * `LENGTH ADDRESS:PORT`, or the negative errno. ` over HEX` is appended if a failed call
     * changed the buffer, and ` and more` if bytes after the length were written.
     *
     * @param level 0 for SOL_IP, 41 for SOL_IPV6
     */
    public String original(long fd, int level, int room) {
        byte[] untouched = new byte[room];
        Arrays.fill(untouched, (byte) 0x55);
        Result result = call(Call.GETSOCKOPT, fd, level, SO_ORIGINAL_DST, untouched, length(room));
        byte[] answer = result.memory().get(0);
        int length = ByteBuffer.wrap(result.memory().get(1))
                .order(ByteOrder.nativeOrder())
                .getInt();
        if (result.result() < 0) {
            boolean same = length == room && Arrays.equals(answer, untouched);
            return result.result() + (same ? "" : " over " + HexFormat.of().formatHex(answer));
        }
        byte[] rest = Arrays.copyOfRange(answer, Math.min(length, room), room);
        boolean more = !Arrays.equals(rest, Arrays.copyOf(untouched, rest.length));
        return length + " " + text(Arrays.copyOf(answer, ADDRESS_BYTES)) + (more ? " and more" : "");
    }

    /** Closes a descriptor. */
    public void close(long fd) {
        call(Call.CLOSE, fd);
    }

    private static byte[] length() {
        return length(ADDRESS_BYTES);
    }

    private static byte[] length(int bytes) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(bytes)
                .array();
    }

    /**
     * Returns the sockaddr of `a.b.c.d:port` or `[v6]:port`. A v4-mapped address stays an IPv6
     * address.
     */
    public static byte[] address(String text) {
        int colon = text.lastIndexOf(':');
        int port = Integer.parseInt(text.substring(colon + 1));
        boolean v4 = !text.startsWith("[");
        ByteBuffer address = ByteBuffer.allocate(v4 ? 16 : ADDRESS_BYTES);
        address.put(0, (byte) (v4 ? 2 : 10)).putShort(2, (short) port);
        address.put(v4 ? 4 : 8, v4 ? v4(text.substring(0, colon)) : v6(text.substring(1, colon - 1)));
        return address.array();
    }

    private static byte[] v4(String text) {
        byte[] bytes = new byte[4];
        String[] parts = text.split("\\.");
        for (int i = 0; i < 4; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte[] v6(String text) {
        ByteBuffer bytes = ByteBuffer.allocate(16);
        int dots = text.indexOf('.');
        if (dots >= 0) {
            bytes.putShort(10, (short) -1).put(12, v4(text.substring(text.lastIndexOf(':') + 1)));
            return bytes.array();
        }
        int gap = text.indexOf("::");
        groups(bytes, 0, gap < 0 ? text : text.substring(0, gap), false);
        if (gap >= 0) {
            groups(bytes, 16, text.substring(gap + 2), true);
        }
        return bytes.array();
    }

    private static void groups(ByteBuffer bytes, int at, String text, boolean fromEnd) {
        String[] groups = text.isEmpty() ? new String[0] : text.split(":");
        int start = fromEnd ? at - 2 * groups.length : at;
        for (int i = 0; i < groups.length; i++) {
            bytes.putShort(start + 2 * i, (short) Integer.parseInt(groups[i], 16));
        }
    }

    /**
     * Returns the text form that {@link #address} reads. IPv6 is written in eight groups without
     * leading zeros, v4-mapped as `[::ffff:a.b.c.d]`.
     */
    public static String text(byte[] sockaddr) {
        ByteBuffer address = ByteBuffer.wrap(sockaddr);
        int port = Short.toUnsignedInt(address.getShort(2));
        int family = address.order(ByteOrder.nativeOrder()).getShort(0);
        address.order(ByteOrder.BIG_ENDIAN);
        return switch (family) {
            case 0 -> "nobody";
            case 2 -> dotted(address, 4) + ":" + port;
            default ->
                "["
                        + (address.getLong(8) == 0 && address.getInt(16) == 0xffff
                                ? "::ffff:" + dotted(address, 20)
                                : groups(address))
                        + "]:" + port;
        };
    }

    private static String dotted(ByteBuffer bytes, int at) {
        StringJoiner text = new StringJoiner(".");
        for (int i = 0; i < 4; i++) {
            text.add(Integer.toString(Byte.toUnsignedInt(bytes.get(at + i))));
        }
        return text.toString();
    }

    private static String groups(ByteBuffer bytes) {
        StringJoiner text = new StringJoiner(":");
        for (int i = 0; i < 8; i++) {
            text.add(Integer.toHexString(Short.toUnsignedInt(bytes.getShort(8 + 2 * i))));
        }
        return text.toString();
    }

    @Override
    public void close() {
        worker.close();
    }
}
