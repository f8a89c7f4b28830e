// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.bpf.json.JsonReader;

/** The JSON that container runtimes write. */
final class RuntimeJson {
    /** The maximum length of a text in UTF-16 code units. */
    private static final JsonReader READER = JsonReader.ofSize(64 << 20);

    private RuntimeJson() {}

    /** Reads a text as {@link JsonReader#read} does. */
    static @Nullable Object read(String json) throws JsonException {
        return READER.read(json);
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
