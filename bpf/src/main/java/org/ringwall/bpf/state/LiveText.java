// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The description of a live set in an object: `net max 4096 within 203.0.113.0/24 2001:db8::/32`.
 *
 * @param within the elements of its range as policies write them, prefixes, `A..B`, numbers,
 *     `char 81:*`; empty for the whole type
 */
public record LiveText(LiveType type, int max, Optional<List<String>> within) {
    private static final String MAX = "max";
    private static final String WITHIN = "within";

    public LiveText {
        within = within.map(List::copyOf);
        if (max < 1) {
            throw new IllegalArgumentException("a live set of " + max);
        }
    }

    /** Returns the text; the space in a device is written as `_`. */
    public String text() {
        return type.word() + " " + MAX + " " + max
                + within.map(elements -> " " + WITHIN
                                + elements.stream()
                                        .map(element -> " " + element.replace(' ', '_'))
                                        .reduce("", String::concat))
                        .orElse("");
    }

    /** Parses a text; empty if it has another form. */
    public static Optional<LiveText> parse(String text) {
        List<String> words = Arrays.asList(text.split(" ", -1));
        boolean formed = words.size() >= 3
                && words.get(1).equals(MAX)
                && words.get(2).matches("[1-9][0-9]{0,8}")
                && (words.size() == 3 || words.get(3).equals(WITHIN));
        if (!formed) {
            return Optional.empty();
        }
        Optional<List<String>> within = words.size() == 3
                ? Optional.empty()
                : Optional.of(words.subList(4, words.size()).stream()
                        .map(word -> word.replace('_', ' '))
                        .toList());
        return LiveType.named(words.get(0)).map(type -> new LiveText(type, Integer.parseInt(words.get(2)), within));
    }
}
