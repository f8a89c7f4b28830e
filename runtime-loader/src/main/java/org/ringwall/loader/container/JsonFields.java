// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A parser of the JSON that container runtimes write. */
final class JsonFields {
    /** The maximum length of a text in code points. */
    private static final int MAX_CODE_POINTS = 64 << 20;

    private JsonFields() {}

    /**
     * Parses a text with a YAML parser, since JSON is a subset of YAML.
     *
     * @throws org.snakeyaml.engine.v2.exceptions.YamlEngineException if the text is not YAML
     */
    static @Nullable Object parse(String json) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MAX_CODE_POINTS)
                .setAllowDuplicateKeys(false)
                .build();
        return new Load(settings).loadFromString(json);
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
