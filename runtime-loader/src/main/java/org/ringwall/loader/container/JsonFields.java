// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** JSON that container runtimes write. */
final class JsonFields {
    /** The longest text in code points. */
    private static final int LARGEST = 64 << 20;

    private JsonFields() {}

    /**
     * Parses a text; JSON is a part of YAML.
     *
     * @throws org.snakeyaml.engine.v2.exceptions.YamlEngineException if it is neither
     */
    static @Nullable Object parse(String json) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(LARGEST)
                .setAllowDuplicateKeys(false)
                .build();
        return new Load(settings).loadFromString(json);
    }

    /** Returns the fields of an object as texts; none of another value. */
    static Map<String, String> texts(@Nullable Object value) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> fields) {
            fields.forEach((key, text) -> texts.put(String.valueOf(key), String.valueOf(text)));
        }
        return texts;
    }
}
