// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.util.Comparator;

/**
 * A pattern for a string in a guard (docs/semantics.md section 3). A `\` in the `text` of a
 * glob makes the byte after it literal.
 */
public record StringPattern(Kind kind, String text) implements Comparable<StringPattern> {
    private static final Comparator<StringPattern> ORDER =
            Comparator.comparing(StringPattern::kind).thenComparing(StringPattern::text);

    private static final String BETWEEN = "..";

    /** The pattern that every string matches if there is one. */
    public static final StringPattern ANY = new StringPattern(Kind.GLOB, "**");

    /** The kind of comparison. */
    public enum Kind {
        /** Compares the whole string. */
        EXACT(""),
        /** Compares the beginning. */
        PREFIX("prefix "),
        /** Compares the end. */
        SUFFIX("suffix "),
        /** Compares the whole string, with `*`, `**` and `?`. */
        GLOB("glob "),
        /** Compares the number that the kernel reads from the string with the range `LOW..HIGH`. */
        NUMBER("number ");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** Returns the pattern that only this string matches. */
    public static StringPattern exact(String text) {
        return new StringPattern(Kind.EXACT, text);
    }

    /**
     * Returns the pattern for texts from which the kernel reads a number of this range, 0..2^32−1
     * (docs/semantics.md section 3). It neither matches nor excludes a text that is not one number.
     */
    public static StringPattern number(long low, long high) {
        return new StringPattern(Kind.NUMBER, low + BETWEEN + high);
    }

    /** Returns the lowest number of a pattern for numbers. */
    public long low() {
        return Long.parseLong(text.substring(0, text.indexOf(BETWEEN)));
    }

    /** Returns the highest number of a pattern for numbers. */
    public long high() {
        return Long.parseLong(text.substring(text.indexOf(BETWEEN) + BETWEEN.length()));
    }

    @Override
    public int compareTo(StringPattern other) {
        return ORDER.compare(this, other);
    }

    /**
     * Returns the text in quotes, or a number or a range without, after the word of its kind.
     */
    @Override
    public String toString() {
        if (kind == Kind.NUMBER) {
            return kind.word + (low() == high() ? String.valueOf(low()) : text);
        }
        return kind.word + QuotedText.quote(text);
    }
}
