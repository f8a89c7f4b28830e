// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.DeviceNumbers;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.model.EntryException;

/**
 * Entries of live sets of one type: as text, as ranges of values, and as keys of the inner map
 * (docs/abi.md section 1). Values are numbers: an address has 128 bits; a device is its type, major
 * and minor of 32 bits each.
 */
final class Entries {
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9_]{0,25}|0[xX][0-9a-fA-F][0-9a-fA-F_]{0,19}");
    private static final Pattern DEVICE = Pattern.compile("(block|char) ([0-9a-fxX_.]+|\\*):([0-9a-fxX_.]+|\\*)");
    private static final long MOST_MAJOR = 0xfff;
    private static final long MOST_MINOR = 0xf_ffff;
    private static final long ANY = 0xffff_ffffL;
    private static final long MOST_PORT = 0xffff;

    private final LiveType type;

    Entries(LiveType type) {
        this.type = type;
    }

    /** Parses each of the given entries; an exception carries the index of its entry. */
    static <T, R> List<R> each(Collection<T> given, Function<T, R> read) {
        List<R> all = new ArrayList<>();
        for (T entry : given) {
            try {
                all.add(read.apply(entry));
            } catch (EntryException e) {
                throw e.at(all.size());
            }
        }
        return all;
    }

    /** Parses an entry as a user writes it. */
    LiveEntry parse(String text) {
        return switch (type) {
            case NET -> of(Net.parse(text));
            case IP -> one(text);
            case PORT -> ports(range(text, MOST_PORT, "a port"));
            case DEVICE -> device(text);
            case UID, GID -> number(value(text, ANY - 1, "a " + type.word()));
            case INT -> number(value(text, ANY, "a number"));
            case CGROUP, NETNS -> number(value(text, -1L, "an id"));
        };
    }

    /**
     * Parses an element of a range as an object declares it, which can also be a range of addresses
     * or numbers.
     */
    List<Span> element(String text) {
        return switch (type) {
            case NET, IP -> nets(text);
            case PORT, UID, GID, INT, CGROUP, NETNS -> List.of(range(text, -1L, "a number"));
            case DEVICE -> devices(text);
        };
    }

    /**
     * Returns the ranges of an element. Unlike an entry, an IPv6 element may contain the
     * IPv4-mapped range, which is excluded.
     */
    private static List<Span> nets(String text) {
        int dots = text.indexOf("..");
        Span span = dots < 0
                ? Net.parseWide(text).span()
                : ordered(
                        text,
                        Net.parse(text.substring(0, dots)).bits(),
                        Net.parse(text.substring(dots + 2)).bits());
        Span v4 = Net.OF_V4;
        boolean around = span.meets(v4) && !v4.contains(span);
        return around
                ? List.of(
                        new Span(span.low(), v4.low().subtract(BigInteger.ONE)),
                        new Span(v4.high().add(BigInteger.ONE), span.high()))
                : List.of(span);
    }

    private static Span ordered(String text, BigInteger low, BigInteger high) {
        if (low.compareTo(high) > 0) {
            throw new EntryException("`" + Net.shown(text) + "` is reversed", "write the smaller number first");
        }
        return new Span(low, high);
    }

    /** Parses an address, which lists also write as a prefix of full length. */
    private LiveEntry one(String text) {
        Net net = Net.parse(text);
        if (net.length() < Net.ALL) {
            throw new EntryException(
                    "`" + net + "` is a prefix, but this set contains single addresses",
                    "write each address, or declare the set in the policy as `net`, which holds prefixes");
        }
        return of(net);
    }

    private LiveEntry of(Net net) {
        return new LiveEntry(net.span(), net);
    }

    private static LiveEntry number(long value) {
        return new LiveEntry(Span.of(value, value), Long.toUnsignedString(value));
    }

    /** Returns the entry of these ports. */
    static LiveEntry ports(Span ports) {
        String low = ports.low().toString();
        return new LiveEntry(ports, ports.low().equals(ports.high()) ? low : low + ".." + ports.high());
    }

    private LiveEntry device(String text) {
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        String path = quoted ? text.substring(1, text.length() - 1) : text;
        if (quoted || path.startsWith("/")) {
            return devicePath(path);
        }
        Matcher matcher = DEVICE.matcher(text);
        if (!matcher.matches() || text.contains("..") || matcher.group(2).equals("*")) {
            throw new EntryException(
                    "`" + Net.shown(text) + "` is not a device",
                    "write `char 10:200`, `block 8:0`, `char 10:*` for all minor numbers, or a path such as `/dev/null`");
        }
        long major = value(matcher.group(2), MOST_MAJOR, "a major number");
        Span minors = matcher.group(3).equals("*")
                ? Span.of(0, ANY)
                : same(value(matcher.group(3), MOST_MINOR, "a minor number"));
        return new LiveEntry(span(kind(matcher.group(1)), major, minors), text);
    }

    /**
     * Resolves a path whose numbers are the same on every host, as in policies. The path is not
     * looked up on this host.
     */
    private static LiveEntry devicePath(String path) {
        DeviceNumber number = DeviceNumbers.of(path)
                .orElseThrow(() -> new EntryException(
                        "`" + Net.shown(path) + "` is not in the table of devices with fixed numbers",
                        "write its type and number, as in `char 1:3`; `ls -l` shows them"));
        return new LiveEntry(span(number.kind().number(), number.major(), same(number.minor())), number.toString());
    }

    private static Span same(long value) {
        return Span.of(value, value);
    }

    private static int kind(String word) {
        return word.equals(DeviceKind.CHAR.word()) ? DeviceKind.CHAR.number() : DeviceKind.BLOCK.number();
    }

    private List<Span> devices(String text) {
        Matcher matcher = DEVICE.matcher(text);
        if (!matcher.matches()) {
            throw new EntryException("`" + Net.shown(text) + "` is not a device", "write `char 10:*`");
        }
        Span majors = matcher.group(2).equals("*") ? Span.of(0, ANY) : range(matcher.group(2), ANY, "a major number");
        Span minors = matcher.group(3).equals("*") ? Span.of(0, ANY) : range(matcher.group(3), ANY, "a minor number");
        int kind = kind(matcher.group(1));
        if (minors.equals(Span.of(0, ANY))) {
            return List.of(new Span(
                    span(kind, majors.low().longValue(), minors).low(),
                    span(kind, majors.high().longValue(), minors).high()));
        }
        List<Span> spans = new ArrayList<>();
        // No entry has a greater major number, so greater ones need no span.
        for (long major = majors.low().longValue();
                major <= majors.high().min(BigInteger.valueOf(MOST_MAJOR)).longValue();
                major++) {
            spans.add(span(kind, major, minors));
        }
        return spans;
    }

    private static Span span(long kind, long major, Span minors) {
        BigInteger above = BigInteger.valueOf(kind)
                .shiftLeft(64)
                .or(BigInteger.valueOf(major).shiftLeft(32));
        return new Span(above.or(minors.low()), above.or(minors.high()));
    }

    private static Span range(String text, long most, String phrase) {
        int dots = text.indexOf("..");
        if (dots < 0) {
            return same(value(text, most, phrase));
        }
        long low = value(text.substring(0, dots), most, phrase);
        long high = value(text.substring(dots + 2), most, phrase);
        return ordered(text, Span.unsigned(low), Span.unsigned(high));
    }

    /** Parses a number as policies write it: decimal or `0x`, with `_` between digits. */
    static long value(String text, long most, String phrase) {
        String help = "write " + phrase + " in 0.." + Long.toUnsignedString(most);
        if (!NUMBER.matcher(text).matches() || text.endsWith("_")) {
            throw new EntryException("`" + Net.shown(text) + "` is not " + phrase, help);
        }
        boolean hex = text.startsWith("0x") || text.startsWith("0X");
        String digits = text.replace("_", "").substring(hex ? 2 : 0);
        BigInteger value = new BigInteger(digits, hex ? 16 : 10);
        if (value.compareTo(Span.unsigned(most)) > 0) {
            throw new EntryException("`" + Net.shown(text) + "` is not " + phrase, help);
        }
        return value.longValue();
    }

    /** Returns the key of an entry, for all types but ports. */
    byte[] key(LiveEntry entry) {
        Span span = entry.span();
        if (type == LiveType.NET) {
            int length = Net.ALL - span.high().subtract(span.low()).bitLength();
            return ByteBuffer.allocate(LiveType.NET_KEY.size())
                    .order(ByteOrder.nativeOrder())
                    .putInt(length)
                    .put(new Net(span.low(), length).address())
                    .array();
        }
        if (type == LiveType.IP) {
            return new Net(span.low(), Net.ALL).address();
        }
        if (type == LiveType.DEVICE) {
            boolean all = !span.low().equals(span.high());
            ByteBuffer key = ByteBuffer.allocate(LiveType.DEVICE_KEY.size()).order(ByteOrder.nativeOrder());
            key.putInt(all ? LiveType.MAJOR_BITS : LiveType.DEVICE_BITS).order(ByteOrder.BIG_ENDIAN);
            return key.putInt(span.low().shiftRight(64).intValue())
                    .putInt(span.low().shiftRight(32).intValue())
                    .putInt(span.low().intValue())
                    .array();
        }
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(span.low().longValue())
                .array();
    }

    /** Returns the entry of such a key. A key that no loader writes is shown as far as possible. */
    LiveEntry entry(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key).order(ByteOrder.nativeOrder());
        if (type == LiveType.NET) {
            byte[] address = new byte[Net.BYTES];
            bytes.get(Integer.BYTES, address);
            return of(Net.of(address, Math.min(Math.max(bytes.getInt(0), 0), Net.ALL)));
        }
        if (type == LiveType.IP) {
            return of(Net.of(key, Net.ALL));
        }
        if (type == LiveType.DEVICE) {
            boolean all = bytes.getInt(0) <= LiveType.MAJOR_BITS;
            bytes.order(ByteOrder.BIG_ENDIAN);
            long kind = Integer.toUnsignedLong(bytes.getInt(4));
            long major = Integer.toUnsignedLong(bytes.getInt(8));
            long minor = Integer.toUnsignedLong(bytes.getInt(12));
            String word = kind == DeviceKind.CHAR.number() ? DeviceKind.CHAR.word() : DeviceKind.BLOCK.word();
            return new LiveEntry(
                    span(kind, major, all ? Span.of(0, ANY) : same(minor)),
                    word + " " + major + ":" + (all ? "*" : Long.toString(minor)));
        }
        return number(bytes.getLong(0));
    }
}
