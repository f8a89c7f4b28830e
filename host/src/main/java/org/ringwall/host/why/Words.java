// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.loader.model.InputException;

/** The words of a probe, read from left to right. Strings are without quotes. */
final class Words {
    static final String HELP = "write a probe as in the tests of policies, such as: connect tcp 192.0.2.1:443";
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}|0x[0-9a-fA-F]{1,15}");

    private final List<String> words;
    private int next;

    private Words(List<String> words) {
        this.words = words;
    }

    /**
     * Splits a probe. A probe in a single argument still has its quotes; from several arguments the
     * shell has removed them.
     */
    static Words of(List<String> given) {
        List<String> words = new ArrayList<>();
        if (given.size() == 1) {
            Matcher matcher = WORD.matcher(given.get(0));
            while (matcher.find()) {
                words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
            }
        } else {
            given.forEach(word -> words.add(
                    word.length() > 1 && word.startsWith("\"") && word.endsWith("\"")
                            ? word.substring(1, word.length() - 1)
                            : word));
        }
        return new Words(words);
    }

    boolean isEmpty() {
        return next == words.size();
    }

    /** Skips the next word if it is this one, and returns whether it was. */
    boolean skip(String word) {
        boolean there = !isEmpty() && words.get(next).equals(word);
        next += there ? 1 : 0;
        return there;
    }

    /** Returns whether the next word is this one. */
    boolean isAt(String word) {
        return !isEmpty() && words.get(next).equals(word);
    }

    /** Returns the next word; throws {@link InputException} at the end. */
    String next(String what) {
        if (isEmpty()) {
            throw new InputException("the probe ends where " + what + " is expected", HELP);
        }
        return words.get(next++);
    }

    /** Returns the meaning of the next word; throws {@link InputException} if it has none. */
    <T> T next(String what, Function<String, java.util.Optional<T>> meaning) {
        String word = next(what);
        return meaning.apply(word).orElseThrow(() -> new InputException("`" + word + "` is not " + what, HELP));
    }

    /** Returns the next word as a number from 0 to the maximum. */
    long number(String what, long max) {
        String word = next(what);
        OptionalLong number = number(word);
        if (number.isEmpty() || number.getAsLong() > max) {
            throw new InputException("`" + word + "` is not " + what, "write a number in 0.." + max);
        }
        return number.getAsLong();
    }

    static OptionalLong number(String word) {
        return NUMBER.matcher(word).matches() ? OptionalLong.of(Long.decode(decimal(word))) : OptionalLong.empty();
    }

    /** Removes zeros at the beginning, which would make a number octal. */
    private static String decimal(String word) {
        return word.startsWith("0x") ? word : word.replaceFirst("^0+(?=[0-9])", "");
    }

    /** Checks that there are no more words. */
    void end() {
        if (!isEmpty()) {
            throw new InputException("the probe does not end before `" + words.get(next) + "`", HELP);
        }
    }

    /** Returns the words read since a position. */
    String since(int from) {
        return String.join(" ", words.subList(from, next));
    }

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
