// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.U128;

/**
 * A parser for addresses and prefixes: dotted quads, and IPv6 as in RFC 4291 section 2.2, including
 * dotted tails.
 */
public final class AddressText {
    private static final String V6_HELP =
            "write eight groups of up to four hexadecimal digits; " + "`::` may replace one run of zero groups";

    private AddressText() {}

    /**
     * Parses an address, or a prefix with a length after a slash and no bit set beyond that length.
     */
    public static Reading<AddressSpan> read(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        boolean isV4 = address.indexOf(':') < 0;
        Reading<U128> bits = isV4 ? v4(address, text) : v6(address);
        return bits.then(value -> slash < 0
                ? Reading.good(new AddressSpan(isV4, new Interval(value, value), false))
                : prefix(isV4, value, address, text.substring(slash + 1)));
    }

    private static Reading<AddressSpan> prefix(boolean isV4, U128 bits, String address, String lengthText) {
        int width = isV4 ? 32 : 128;
        if (lengthText.length() > 1 && lengthText.startsWith("0")) {
            return Reading.bad(
                    Code.LEADING_ZERO,
                    "the prefix length `%s` has a leading zero".formatted(lengthText),
                    "write `%s/%s`".formatted(address, lengthText.replaceFirst("^0+(?=.)", "")));
        }
        if (!digits(List.of(lengthText))) {
            return Reading.bad(
                    Code.BAD_ADDRESS,
                    "`%s` is not a prefix length".formatted(lengthText),
                    "write a number after the slash, as in `10.0.0.0/8`");
        }
        int length = lengthText.length() > 3 ? Integer.MAX_VALUE : Integer.parseInt(lengthText);
        if (length > width) {
            return Reading.bad(
                    Code.PREFIX_RANGE,
                    "the prefix length `/%s` is too large for %s"
                            .formatted(lengthText, isV4 ? "an IPv4 address" : "an IPv6 address"),
                    "write a prefix length in 0..%d; `/%d` is a single address".formatted(width, width));
        }
        U128 mask = hostMask(width - length);
        U128 low = new U128(bits.high() & ~mask.high(), bits.low() & ~mask.low());
        if (!low.equals(bits)) {
            return Reading.bad(
                    Code.HOST_BITS,
                    "`%s/%s` has host bits set".formatted(address, lengthText),
                    "write `%s/%d` for the network, or `%s` for the single address"
                            .formatted(new RawAddress(isV4, low), length, address));
        }
        U128 high = new U128(bits.high() | mask.high(), bits.low() | mask.low());
        return Reading.good(new AddressSpan(isV4, new Interval(low, high), true));
    }

    /** Returns a mask of the lowest `count` bits of 128. */
    private static U128 hostMask(int count) {
        long low = count >= 64 ? -1L : (1L << count) - 1;
        int above = Math.max(0, count - 64);
        long high = above == 64 ? -1L : (1L << above) - 1;
        return new U128(high, low);
    }

    /**
     * Parses well-formed text on a fast path, since a list may have a million addresses;
     * {@link #octets} finds what is wrong.
     */
    private static Reading<U128> v4(String text, String whole) {
        long bits = plain(text);
        return bits < 0 ? octets(text, whole) : Reading.good(U128.of(bits));
    }

    /**
     * Parses four numbers of 0..255 without leading zeros, separated by dots, to 32 bits; -1 for
     * any other text.
     */
    private static long plain(String text) {
        long bits = 0;
        int octet = -1;
        int points = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.' && octet >= 0) {
                bits = bits << 8 | octet;
                octet = -1;
                points++;
            } else if (c >= '0' && c <= '9' && octet != 0) {
                octet = Math.max(octet, 0) * 10 + (c - '0');
            } else {
                return -1;
            }
            if (octet > 255 || points > 3) {
                return -1;
            }
        }
        return points == 3 && octet >= 0 ? bits << 8 | octet : -1;
    }

    private static Reading<U128> octets(String text, String whole) {
        List<String> octets = Arrays.asList(text.split("\\.", -1));
        if (octets.size() != 4 || !digits(octets)) {
            return Reading.bad(Code.BAD_ADDRESS, "`%s` is not an address".formatted(whole), quadHelp(octets, whole));
        }
        long bits = 0;
        for (String octet : octets) {
            if (octet.length() > 1 && octet.startsWith("0")) {
                return Reading.bad(
                        Code.LEADING_ZERO,
                        "the octet `%s` has a leading zero, which some tools read as octal".formatted(octet),
                        "write `%s`"
                                .formatted(octets.stream()
                                        .map(one -> one.replaceFirst("^0+(?=.)", ""))
                                        .collect(Collectors.joining("."))));
            }
            if (octet.length() > 3 || Integer.parseInt(octet) > 255) {
                return Reading.bad(
                        Code.OCTET_RANGE,
                        "the octet `%s` is out of range".formatted(octet),
                        "write four numbers in 0..255");
            }
            bits = bits << 8 | Integer.parseInt(octet);
        }
        return Reading.good(U128.of(bits));
    }

    /**
     * Whether all parts are numbers; without a regular expression, since a list may have a million
     * addresses.
     */
    private static boolean digits(List<String> parts) {
        for (String part : parts) {
            for (int i = 0; i < part.length(); i++) {
                if (part.charAt(i) < '0' || part.charAt(i) > '9') {
                    return false;
                }
            }
            if (part.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static String quadHelp(List<String> octets, String whole) {
        int slash = whole.indexOf('/');
        if (slash < 0 || octets.size() > 4 || !digits(octets)) {
            return "write four numbers, as in `192.0.2.1`";
        }
        List<String> padded = new ArrayList<>(octets);
        while (padded.size() < 4) {
            padded.add("0");
        }
        return "write `%s%s`".formatted(String.join(".", padded), whole.substring(slash));
    }

    private static Reading<U128> v6(String text) {
        if (text.indexOf('.') < 0) {
            return groups(text, text);
        }
        int tail = text.lastIndexOf(':') + 1;
        return v4(text.substring(tail), text).then(low -> {
            String hex = Long.toHexString(low.low() >>> 16) + ":" + Long.toHexString(low.low() & 0xffff);
            return groups(text.substring(0, tail) + hex, text);
        });
    }

    private static Reading<U128> groups(String text, String written) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return badV6(written, "`%s` has more than one `::`".formatted(written));
        }
        List<String> left = split(gap < 0 ? text : text.substring(0, gap));
        List<String> right = gap < 0 ? List.of() : split(text.substring(gap + 2));
        int given = left.size() + right.size();
        for (String group : concat(left, right)) {
            if (!isGroup(group)) {
                return badV6(written, "`%s` is not an address".formatted(written));
            }
        }
        if (gap < 0 ? given != 8 : given > 7) {
            return badV6(written, "`%s` has %d groups".formatted(written, given));
        }
        List<String> all = new ArrayList<>(left);
        while (all.size() + right.size() < 8) {
            all.add("0");
        }
        all.addAll(right);
        return Reading.good(new U128(four(all.subList(0, 4)), four(all.subList(4, 8))));
    }

    /**
     * Whether the text is one to four hexadecimal digits; without a regular expression, like
     * {@link #digits}.
     */
    private static boolean isGroup(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F')) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= 4;
    }

    private static Reading<U128> badV6(String written, String message) {
        return Reading.bad(Code.BAD_ADDRESS, message, written.length() > 60 ? "write an address" : V6_HELP);
    }

    private static List<String> split(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(":", -1));
    }

    private static List<String> concat(List<String> left, List<String> right) {
        List<String> all = new ArrayList<>(left);
        all.addAll(right);
        return all;
    }

    private static long four(List<String> groups) {
        long bits = 0;
        for (String group : groups) {
            bits = bits << 16 | Long.parseLong(group, 16);
        }
        return bits;
    }
}
