package org.ringwall.compiler.value;

import java.util.Comparator;

/** What a guard compares a string with (docs/semantics.md section 3); `text` is as the policy has it, escapes included. */
public record StringPattern(Kind kind, String text) implements Comparable<StringPattern> {
    private static final Comparator<StringPattern> ORDER =
            Comparator.comparing(StringPattern::kind).thenComparing(StringPattern::text);

    /** Every string: what is there matches it. */
    public static final StringPattern ANY = new StringPattern(Kind.GLOB, "**");

    /** How the text is compared. */
    public enum Kind {
        /** The whole string. */
        EXACT(""),
        /** How it begins. */
        PREFIX("prefix "),
        /** How it ends. */
        SUFFIX("suffix "),
        /** The whole string, with `*`, `**` and `?`. */
        GLOB("glob ");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** The pattern that this one string matches. */
    public static StringPattern exact(String text) {
        return new StringPattern(Kind.EXACT, text);
    }

    @Override
    public int compareTo(StringPattern other) {
        return ORDER.compare(this, other);
    }

    /** `"text"`, with the word of its kind before it. */
    @Override
    public String toString() {
        return kind.word + '"' + text + '"';
    }
}
