// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.ringwall.compiler.value.StringPattern;

/**
 * Globs that are matched side by side, each by bits of its own (the Shift-And algorithm of
 * Baeza-Yates and Gonnet). The cost is the sum of their lengths, where one automaton of all of them
 * can need a state for each combination of parts that a string contains.
 *
 * <p>A glob of n bytes and `?` has n + 2 consecutive bits of a word. Bit i is set if the bytes read
 * so far match its first i; a wildcard between two of them lets bit i stay. The last bit is set at
 * the end of a string that matches.
 */
public final class GlobWords {
    /** The limit of globs: each has one bit of the results. */
    private static final int MOST_GLOBS = Long.SIZE;

    /** The limit of words: each is one pass over the string. */
    private static final int MOST_WORDS = 48;

    private static final int BYTES = 256;
    private static final int SLASH = '/';

    private final List<Word> words = new ArrayList<>();
    private final Map<StringPattern, Integer> bits = new HashMap<>();
    private final BitSet taken = new BitSet();

    /**
     * One pass over a string. After each byte, bits are `(bits & stays[byte]) | (bits << 1 &
     * moves[byte])`.
     *
     * @param start the bits before the first byte
     * @param last the last bit of each glob
     * @param open the last bits of the globs that end with `**`
     * @param all for each glob, the sum of its bits but the last
     * @param shift the right shift of the last bits to their places in the results, which may be
     *     negative
     */
    public record Word(long start, long last, long open, long all, int shift, List<Long> stays, List<Long> moves) {
        public Word {
            stays = List.copyOf(stays);
            moves = List.copyOf(moves);
        }
    }

    private GlobWords() {}

    /** Returns whether the pattern can be one of them, at a string of this kind. */
    static boolean fits(StringPattern pattern, StringKind kind) {
        boolean name = kind.equals(StringKind.SYSCTL_NAME) || kind.equals(StringKind.UNIX_PATH);
        boolean wild = pattern.kind() == StringPattern.Kind.GLOB || pattern.kind() == StringPattern.Kind.SUFFIX;
        if (!name || !wild) {
            return false;
        }
        Shape shape = Shape.of(pattern);
        int length = shape.length();
        // What follows the slash of `**/*` decides together with what follows a later one.
        boolean dependent = length > 0 && shape.steps().get(length - 1) == SLASH && shape.wild(length) == Tokens.STAR;
        return length > 0 && length + 2 <= Long.SIZE && !dependent;
    }

    /**
     * Divides the patterns between words.
     *
     * @throws TooManyStatesException if they are too many
     */
    static GlobWords of(SortedSet<StringPattern> patterns) throws TooManyStatesException {
        GlobWords globs = new GlobWords();
        List<StringPattern> left = new ArrayList<>(patterns);
        while (!left.isEmpty()) {
            if (patterns.size() > MOST_GLOBS || globs.words.size() == MOST_WORDS) {
                throw new TooManyStatesException();
            }
            int used = 0;
            List<StringPattern> together = new ArrayList<>();
            for (StringPattern pattern : left) {
                int width = Shape.of(pattern).length() + 2;
                if (used + width <= Long.SIZE) {
                    used += width;
                    together.add(pattern);
                }
            }
            while (!globs.add(together)) {
                together.remove(together.size() - 1);
            }
            left.removeAll(together);
        }
        return globs;
    }

    /** Adds a word of these patterns unless their results would overlap those of others. */
    private boolean add(List<StringPattern> patterns) {
        List<Integer> lasts = new ArrayList<>();
        int used = 0;
        for (StringPattern pattern : patterns) {
            used += Shape.of(pattern).length() + 2;
            lasts.add(used - 1);
        }
        for (int shift = lasts.get(0); used - 1 - shift < Long.SIZE; shift--) {
            int by = shift;
            if (lasts.stream().noneMatch(last -> taken.get(last - by))) {
                for (int i = 0; i < patterns.size(); i++) {
                    taken.set(lasts.get(i) - shift);
                    bits.put(patterns.get(i), lasts.get(i) - shift);
                }
                words.add(word(patterns, shift));
                return true;
            }
        }
        return false;
    }

    private static Word word(List<StringPattern> patterns, int shift) {
        long[] stays = new long[BYTES];
        long[] moves = new long[BYTES];
        long start = 0;
        long last = 0;
        long open = 0;
        long all = 0;
        int first = 0;
        for (StringPattern pattern : patterns) {
            Shape shape = Shape.of(pattern);
            int length = shape.length();
            for (int value = 1; value < BYTES; value++) {
                for (int at = 0; at <= length; at++) {
                    stays[value] |= shape.stays(at, value) ? 1L << first + at : 0;
                    moves[value] |= at < length && shape.moves(at, value) ? 1L << first + at + 1 : 0;
                }
            }
            long end = 1L << first + length + 1;
            start |= 1L << first;
            last |= end;
            open |= shape.wild(length) == Tokens.ANY ? end : 0;
            all |= end - (1L << first);
            first += length + 2;
        }
        return new Word(start, last, open, all, shift, list(stays), list(moves));
    }

    private static List<Long> list(long[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }

    /** Returns the passes over the string. */
    public List<Word> words() {
        return Collections.unmodifiableList(words);
    }

    /** Returns the bit of each pattern in the results, 0 to 63. */
    public Map<StringPattern, Integer> bits() {
        return Collections.unmodifiableMap(bits);
    }

    /**
     * A glob without its wildcards for runs.
     *
     * @param steps bytes and {@link Tokens#ONE}
     * @param runs the wildcard before each step and after the last one; 0 for none
     */
    private record Shape(List<Integer> steps, List<Integer> runs) {
        static Shape of(StringPattern pattern) {
            List<Integer> steps = new ArrayList<>();
            List<Integer> runs = new ArrayList<>(List.of(0));
            for (int token : Tokens.of(pattern).list()) {
                if (token == Tokens.STAR || token == Tokens.ANY) {
                    runs.set(steps.size(), Math.min(token, runs.get(steps.size())));
                } else {
                    steps.add(token);
                    runs.add(0);
                }
            }
            return new Shape(steps, runs);
        }

        int length() {
            return steps.size();
        }

        int wild(int at) {
            return runs.get(at);
        }

        boolean stays(int at, int value) {
            return wild(at) == Tokens.ANY || wild(at) == Tokens.STAR && value != SLASH;
        }

        boolean moves(int at, int value) {
            return steps.get(at) == Tokens.ONE ? value != SLASH : steps.get(at) == value;
        }
    }
}
