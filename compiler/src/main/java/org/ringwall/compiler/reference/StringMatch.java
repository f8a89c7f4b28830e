// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/**
 * Section 3, strings: whether one string matches one pattern. For a string that is longer than its
 * known part, the result is true if every continuation matches, false if none does, and unknown
 * otherwise.
 */
final class StringMatch {
    private final boolean[] escaped;
    private final int[] glob;

    /** White space, a number as C writes it, and white space that begins with a separator. */
    private static final Pattern NUMBER =
            Pattern.compile("[\\t-\\r \\xa0]*(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)(?:[ \\t\\n][\\t-\\r \\xa0]*)?");

    /**
     * Creates a matcher of a glob: its bytes without escaping backslashes, and for each byte
     * whether it was escaped.
     */
    private StringMatch(byte[] text) {
        int[] bytes = new int[text.length];
        boolean[] marks = new boolean[text.length];
        int length = 0;
        for (int i = 0; i < text.length; i++) {
            boolean escape = text[i] == '\\' && i + 1 < text.length;
            i += escape ? 1 : 0;
            marks[length] = escape;
            bytes[length++] = text[i] & 0xff;
        }
        this.glob = Arrays.copyOf(bytes, length);
        this.escaped = Arrays.copyOf(marks, length);
    }

    static Truth of(StringPattern pattern, FieldValue.Text value) {
        ByteString text = ByteString.of(pattern.text());
        ByteString known = value.known();
        if (pattern.kind() == StringPattern.Kind.NUMBER) {
            return value.whole() ? number(pattern, known) : Truth.UNKNOWN;
        }
        if (value.whole()) {
            return Truth.of(
                    switch (pattern.kind()) {
                        case EXACT -> known.equals(text);
                        case PREFIX -> startsWith(known, text);
                        case SUFFIX -> endsWith(known, text);
                        case GLOB -> new StringMatch(text.toArray()).matches(known, 0, 0);
                        case NUMBER -> throw new IllegalStateException();
                    });
        }
        return switch (pattern.kind()) {
            case EXACT -> startsWith(text, known) ? Truth.UNKNOWN : Truth.FALSE;
            case PREFIX -> startsWith(known, text) ? Truth.TRUE : startsWith(text, known) ? Truth.UNKNOWN : Truth.FALSE;
            case SUFFIX -> text.size() == 0 ? Truth.TRUE : Truth.UNKNOWN;
            case GLOB -> new StringMatch(text.toArray()).begins(known);
            case NUMBER -> throw new IllegalStateException();
        };
    }

    /** Section 3, "the number of a text": unknown if the text is not one number of 32 bits. */
    private static Truth number(StringPattern pattern, ByteString text) {
        Matcher one = NUMBER.matcher(new String(text.toArray(), StandardCharsets.ISO_8859_1));
        if (!one.matches()) {
            return Truth.UNKNOWN;
        }
        String digits = one.group(1);
        BigInteger number = digits.matches("0[xX].*")
                ? new BigInteger(digits.substring(2), 16)
                : new BigInteger(digits, digits.startsWith("0") ? 8 : 10);
        return number.bitLength() > Integer.SIZE
                ? Truth.UNKNOWN
                : Truth.of(pattern.low() <= number.longValue() && number.longValue() <= pattern.high());
    }

    private static boolean startsWith(ByteString whole, ByteString start) {
        return start.size() <= whole.size() && whole.first(start.size()).equals(start);
    }

    private static boolean endsWith(ByteString whole, ByteString end) {
        int from = whole.size() - end.size();
        return from >= 0 && Arrays.equals(Arrays.copyOfRange(whole.toArray(), from, whole.size()), end.toArray());
    }

    private boolean star(int at) {
        return at < glob.length && glob[at] == '*' && !escaped[at];
    }

    private boolean doubleStar(int at) {
        return star(at) && star(at + 1);
    }

    private boolean takes(int at, int value) {
        return glob[at] == '?' && !escaped[at] ? value != '/' : glob[at] == value;
    }

    /** Whether the glob from `at` on matches the string from `from` on. */
    private boolean matches(ByteString string, int at, int from) {
        if (at == glob.length) {
            return from == string.size();
        }
        if (star(at)) {
            int behind = doubleStar(at) ? at + 2 : at + 1;
            for (int to = from; to <= string.size(); to++) {
                if (matches(string, behind, to)) {
                    return true;
                }
                if (to < string.size() && string.at(to) == '/' && !doubleStar(at)) {
                    return false;
                }
            }
            return false;
        }
        return from < string.size() && takes(at, string.at(from)) && matches(string, at + 1, from + 1);
    }

    /**
     * Returns the result for all strings with this beginning, by a traversal of the sets of
     * positions that are reachable from it.
     */
    private Truth begins(ByteString known) {
        Set<Integer> places = places(Set.of(0));
        for (int i = 0; i < known.size(); i++) {
            places = after(places, known.at(i));
        }
        Set<Set<Integer>> seen = new HashSet<>();
        Deque<Set<Integer>> open = new ArrayDeque<>();
        seen.add(places);
        open.add(places);
        boolean always = true;
        boolean ever = false;
        while (!open.isEmpty()) {
            Set<Integer> here = open.remove();
            always &= here.contains(glob.length);
            ever |= here.contains(glob.length);
            for (int value = 1; value < 256; value++) {
                Set<Integer> there = after(here, value);
                if (seen.add(there)) {
                    open.add(there);
                }
            }
        }
        return always ? Truth.TRUE : ever ? Truth.UNKNOWN : Truth.FALSE;
    }

    private Set<Integer> after(Set<Integer> places, int value) {
        Set<Integer> after = new TreeSet<>();
        for (int at : places) {
            if (doubleStar(at) || star(at) && value != '/') {
                after.add(at);
            } else if (at < glob.length && !star(at) && takes(at, value)) {
                after.add(at + 1);
            }
        }
        return places(after);
    }

    /** Adds the positions after stars that match the empty string. */
    private Set<Integer> places(Set<Integer> from) {
        Set<Integer> places = new TreeSet<>();
        for (int at : from) {
            int place = at;
            places.add(place);
            while (star(place)) {
                place += doubleStar(place) ? 2 : 1;
                places.add(place);
            }
        }
        return places;
    }
}
