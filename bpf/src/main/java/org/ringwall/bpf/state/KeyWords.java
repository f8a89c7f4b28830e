// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The beginning of the descriptions of keyed maps: the fields of the key, a colon, and the rest.
 *
 * @param fields empty without a key
 */
record KeyWords(List<String> fields, String rest) {
    private static final String COLON = ": ";

    KeyWords {
        fields = List.copyOf(fields);
    }

    /** Returns the beginning of a text with this key. */
    static String before(List<String> fields) {
        return fields.isEmpty() ? COLON : String.join(" ", fields) + " " + COLON;
    }

    /** Parses a text; empty if it has another form. */
    static Optional<KeyWords> of(String text) {
        if (text.startsWith(COLON)) {
            return Optional.of(new KeyWords(List.of(), text.substring(COLON.length())));
        }
        int colon = text.indexOf(" " + COLON);
        if (colon < 1) {
            return Optional.empty();
        }
        List<String> fields = Arrays.asList(text.substring(0, colon).split(" ", -1));
        return fields.contains("")
                ? Optional.empty()
                : Optional.of(new KeyWords(fields, text.substring(colon + 1 + COLON.length())));
    }
}
