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
        GLOB("glob ");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** Returns the pattern that only this string matches. */
    public static StringPattern exact(String text) {
        return new StringPattern(Kind.EXACT, text);
    }

    @Override
    public int compareTo(StringPattern other) {
        return ORDER.compare(this, other);
    }

    /** Returns the text in quotes, preceded by the word of its kind. */
    @Override
    public String toString() {
        return kind.word + QuotedText.quote(text);
    }
}
