// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.EntryException;

/**
 * An address or a prefix in the space of 128-bit addresses, in which IPv4 is the IPv4-mapped range
 * (docs/semantics.md section 2).
 *
 * @param bits the address as a number in network byte order; no bit after the prefix is set
 * @param length bits of the prefix, 0..128; 96 or more for IPv4
 */
public record Net(BigInteger bits, int length) {
    static final int ALL = 128;
    static final int MAPPED = 96;
    public static final int BYTES = 16;

    private static final BigInteger V4 = BigInteger.valueOf(0xffffL).shiftLeft(32);

    /** The first 12 bytes of an IPv4-mapped address. */
    private static final byte[] V4_PREFIX = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    /** The IPv4 addresses among all. */
    static final Span OF_V4 = new Span(V4, V4.add(mask(32)));

    private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");
    private static final Pattern OCTET = Pattern.compile("[0-9]{1,3}");
    private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");

    private static final String HELP =
            "write an address as `192.0.2.1` or `2001:db8::1`, a prefix as `192.0.2.0/24` or `2001:db8::/32`";

    static Net of(byte[] address, int length) {
        return new Net(new BigInteger(1, address), length);
    }

    /**
     * Parses an address or a prefix as policies write it. IPv6 prefixes that contain the
     * IPv4-mapped range are rejected.
     */
    static Net parse(String text) {
        Net net = parseWide(text);
        if (net.length < MAPPED && net.span().meets(OF_V4)) {
            throw bad(
                    "`" + text + "` contains the IPv4-mapped range, which is not part of IPv6 here",
                    "write smaller prefixes, such as `2000::/3`");
        }
        return net;
    }

    /** Parses an address or any prefix. */
    public static Net parseWide(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        boolean v4 = address.indexOf(':') < 0;
        BigInteger bits = v4 ? V4.or(v4(address, text)) : v6(address, text);
        int least = v4 ? MAPPED : 0;
        if (slash < 0) {
            return new Net(bits, ALL);
        }
        int length = length(text, text.substring(slash + 1), ALL - least) + least;
        BigInteger network = bits.andNot(mask(ALL - length));
        if (!network.equals(bits)) {
            throw bad(
                    "`" + text + "` has host bits set",
                    "write `" + new Net(network, length) + "` for the network, or `" + address
                            + "` for the single address");
        }
        return new Net(bits, length);
    }

    private static int length(String text, String digits, int most) {
        if (!LENGTH.matcher(digits).matches()) {
            throw bad(
                    "`" + shown(text) + "` has no prefix length", "write a number after the slash, as in `10.0.0.0/8`");
        }
        int length = Integer.parseInt(digits);
        if (length > most) {
            throw bad(
                    "the prefix length `/" + digits + "` is too large for an address",
                    "write a prefix length in 0.." + most);
        }
        return length;
    }

    private static BigInteger v4(String address, String text) {
        long bits = 0;
        int octet = 0;
        int digits = 0;
        int dots = 0;
        for (int i = 0; i < address.length(); i++) {
            char next = address.charAt(i);
            boolean leadingZero = digits > 0 && octet == 0;
            if (next == '.' && digits > 0) {
                bits = bits << 8 | octet;
                octet = 0;
                digits = 0;
                dots++;
            } else if (next >= '0' && next <= '9' && !leadingZero && octet * 10 + next - '0' <= 255) {
                octet = octet * 10 + next - '0';
                digits++;
            } else {
                throw notV4(address, text);
            }
        }
        if (dots != 3 || digits == 0) {
            throw notV4(address, text);
        }
        return BigInteger.valueOf(bits << 8 | octet);
    }

    /** Returns what is wrong with an IPv4 address. */
    private static EntryException notV4(String address, String text) {
        String[] octets = address.split("\\.", -1);
        for (String octet : octets) {
            if (octets.length != 4 || !OCTET.matcher(octet).matches()) {
                return bad("`" + shown(text) + "` is not an address", HELP);
            }
            if (octet.length() > 1 && octet.startsWith("0")) {
                return bad(
                        "the octet `" + octet + "` has a leading zero, which some tools read as octal",
                        "write `"
                                + Arrays.stream(octets)
                                        .map(one -> one.replaceFirst("^0+(?=.)", ""))
                                        .collect(Collectors.joining("."))
                                + "`");
            }
            if (Integer.parseInt(octet) > 255) {
                return bad("the octet `" + octet + "` is out of range", "write four numbers in 0..255");
            }
        }
        return bad("`" + shown(text) + "` is not an address", HELP);
    }

    private static BigInteger v6(String address, String text) {
        int tail = address.lastIndexOf(':') + 1;
        if (address.indexOf('.') >= 0) {
            long low = v4(address.substring(tail), text).longValue();
            return v6(
                    address.substring(0, tail) + Long.toHexString(low >>> 16) + ":" + Long.toHexString(low & 0xffff),
                    text);
        }
        int gap = address.indexOf("::");
        List<String> groups = new ArrayList<>(split(gap < 0 ? address : address.substring(0, gap)));
        List<String> right = gap < 0 ? List.of() : split(address.substring(gap + 2));
        int given = groups.size() + right.size();
        if (gap < 0 ? given != 8 : given > 7) {
            throw bad("`" + shown(text) + "` is not an address", HELP);
        }
        while (groups.size() + right.size() < 8) {
            groups.add("0");
        }
        groups.addAll(right);
        BigInteger bits = BigInteger.ZERO;
        for (String group : groups) {
            if (!GROUP.matcher(group).matches()) {
                throw bad("`" + shown(text) + "` is not an address", HELP);
            }
            bits = bits.shiftLeft(16).or(BigInteger.valueOf(Integer.parseInt(group, 16)));
        }
        return bits;
    }

    private static List<String> split(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(":", -1));
    }

    private static BigInteger mask(int bits) {
        return BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
    }

    /** Returns all addresses of the prefix. */
    Span span() {
        return new Span(bits, length == ALL ? bits : bits.or(mask(ALL - length)));
    }

    /** Returns the 16 bytes in network byte order. */
    byte[] address() {
        byte[] out = new byte[BYTES];
        byte[] number = bits.toByteArray();
        int count = Math.min(number.length, BYTES);
        System.arraycopy(number, number.length - count, out, BYTES - count, count);
        return out;
    }

    boolean isV4() {
        return OF_V4.contains(span());
    }

    /** Returns whether this is `0.0.0.0` or `::`, which the kernel replaces as a destination. */
    boolean isAny() {
        return length == ALL && (bits.signum() == 0 || bits.equals(V4));
    }

    /** Returns the text of an address; an IPv4-mapped one is shown as IPv4. */
    static String print(byte[] address) {
        if (Arrays.equals(address, 0, BYTES - 4, V4_PREFIX, 0, BYTES - 4)) {
            return (address[12] & 255) + "." + (address[13] & 255) + "." + (address[14] & 255) + "."
                    + (address[15] & 255);
        }
        return of(address, ALL).toString();
    }

    @Override
    public String toString() {
        String address = isV4() ? quad() : groups();
        int shown = isV4() ? length - MAPPED : length;
        return length == ALL ? address : address + "/" + shown;
    }

    private String quad() {
        long low = bits.longValue();
        return (low >>> 24 & 255) + "." + (low >>> 16 & 255) + "." + (low >>> 8 & 255) + "." + (low & 255);
    }

    /**
     * Formats by RFC 5952: `::` replaces the longest run of at least two zero groups, the first
     * among equal ones.
     */
    private String groups() {
        List<String> groups = new ArrayList<>();
        for (int shift = ALL - 16; shift >= 0; shift -= 16) {
            groups.add(Integer.toHexString(bits.shiftRight(shift).intValue() & 0xffff));
        }
        int start = 0;
        int run = 0;
        for (int i = 0; i < 8; i++) {
            int zeros = 0;
            while (i + zeros < 8 && groups.get(i + zeros).equals("0")) {
                zeros++;
            }
            if (zeros > run) {
                start = i;
                run = zeros;
            }
        }
        return run < 2
                ? String.join(":", groups)
                : String.join(":", groups.subList(0, start)) + "::" + String.join(":", groups.subList(start + run, 8));
    }

    static String shown(String text) {
        String plain = Printable.of(text);
        return plain.length() > 60 ? plain.substring(0, 60) + "…" : plain;
    }

    private static EntryException bad(String message, String help) {
        return new EntryException(message, help);
    }
}
