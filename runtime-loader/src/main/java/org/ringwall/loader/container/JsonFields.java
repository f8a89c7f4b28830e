// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A parser of the JSON that container runtimes write. */
final class JsonFields {
    /** The maximum length of a text in code points. */
    private static final int MAX_CODE_POINTS = 64 << 20;

    /** A shorter name needs no `?`: YAML allows 1,024 characters up to the colon. */
    private static final int LONGEST_NAME = 1_000;

    private static final char DELETE = 0x7f;

    /** The last control character of the second range in Unicode. */
    private static final char LAST_CONTROL = 0x9f;

    private static final char FIRST_NONCHARACTER = 0xfffe;

    private JsonFields() {}

    /**
     * Parses a text with a YAML parser. JSON is a subset of YAML except for what {@link #yaml}
     * rewrites.
     *
     * @throws org.snakeyaml.engine.v2.exceptions.YamlEngineException if the text is not YAML
     */
    static @Nullable Object parse(String json) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MAX_CODE_POINTS)
                .setAllowDuplicateKeys(false)
                .build();
        return new Load(settings).loadFromString(yaml(json));
    }

    /**
     * Returns JSON as YAML, which forbids some characters in strings and requires `?` before a long
     * name. Whoever makes an image or starts a container chooses its labels, and one label that the
     * parser refused would hide all containers of the host.
     */
    private static String yaml(String json) {
        StringBuilder out = new StringBuilder(json.length());
        int at = 0;
        while (at < json.length()) {
            int end = json.charAt(at) == '"' ? endOfString(json, at) : at + 1;
            if (end - at > LONGEST_NAME && isName(json, end)) {
                out.append("? ");
            }
            while (at < end) {
                char next = json.charAt(at++);
                if (next >= DELETE && next <= LAST_CONTROL || next >= FIRST_NONCHARACTER) {
                    out.append("\\u").append(HexFormat.of().toHexDigits(next));
                } else {
                    out.append(next);
                }
            }
        }
        return out.toString();
    }

    /** Returns the index after a string that begins here. */
    private static int endOfString(String json, int start) {
        int at = start + 1;
        while (at < json.length() && json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, json.length());
    }

    /** Returns whether the string that ends here is the name of a member. */
    private static boolean isName(String json, int end) {
        int at = end;
        while (at < json.length() && " \t\r\n".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
        return at < json.length() && json.charAt(at) == ':';
    }

    /** Returns the fields of an object as strings; an empty map for any other value. */
    static Map<String, String> texts(@Nullable Object value) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> fields) {
            fields.forEach((key, text) -> texts.put(String.valueOf(key), String.valueOf(text)));
        }
        return texts;
    }
}
