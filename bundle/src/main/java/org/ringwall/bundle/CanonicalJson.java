// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.bpf.json.JsonReader;

/**
 * A parser of JSON in the canonical form that {@link Json} writes, with a line feed at its end.
 * After parsing, the tree is written again: a text that differs, for example by white space or
 * another escape, is rejected.
 */
public final class CanonicalJson {
    /** The default limit of values, for texts of untrusted origin. */
    private static final int MAX_VALUES = 100_000;

    /** The maximum nesting depth. The format needs eight. */
    private static final int MAX_DEPTH = 16;

    private static final int MAX_SCALAR_CHARS = 1 << 16;

    private CanonicalJson() {}

    /** Parses a text of at most 100,000 values. */
    public static Map<String, Object> parse(String text) throws BundleException {
        return parse(text, MAX_VALUES);
    }

    /**
     * Parses a text.
     *
     * @param maxValues the maximum number of values; objects and lists count too
     * @return the members: {@code Map}, {@code List}, {@code String}, {@code BigInteger} or {@code
     *     Boolean}
     * @throws BundleException if the text is not canonical JSON or has more values
     */
    public static Map<String, Object> parse(String text, int maxValues) throws BundleException {
        try {
            Object root =
                    JsonReader.plain(MAX_DEPTH, maxValues, MAX_SCALAR_CHARS).read(text);
            int difference = Arrays.mismatch((Json.of(root) + "\n").toCharArray(), text.toCharArray());
            if (difference >= 0) {
                throw notCanonical(difference + 1L);
            }
            if (!(root instanceof Map<?, ?> map)) {
                throw notCanonical(1);
            }
            Map<String, Object> members = new LinkedHashMap<>();
            map.forEach((name, value) -> members.put(String.valueOf(name), value));
            return members;
        } catch (JsonException e) {
            throw switch (e.reason()) {
                case SYNTAX, VALUE -> notCanonical(e.character());
                default -> new BundleException("its manifest " + e.getMessage());
            };
        }
    }

    private static BundleException notCanonical(long character) {
        return new BundleException(
                "its manifest is not JSON in the canonical form of bundles, at character " + character);
    }
}
