package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What texts of keyed maps begin with: the fields of the key, a colon, and the rest.
 *
 * @param fields none where there is no key
 */
record KeyWords(List<String> fields, String rest) {
    private static final String COLON = ": ";

    KeyWords {
        fields = List.copyOf(fields);
    }

    /** The beginning of a text with this key. */
    static String before(List<String> fields) {
        return fields.isEmpty() ? COLON : String.join(" ", fields) + " " + COLON;
    }

    /** Reads one; empty where it is none. */
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
