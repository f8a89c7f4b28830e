// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.bpf.json.JsonReader;

/**
 * A value of a JSON document of a registry or of a file of credentials. A value that is missing or
 * of another type reads as an empty one.
 *
 * @param value as {@link JsonReader#read} returns it; null also if it is missing
 */
record JsonValue(@Nullable Object value) {
    /** Accepts documents of 16 Mi UTF-16 code units; the readers of bytes limit them first. */
    private static final JsonReader READER = JsonReader.ofSize(16 << 20);

    /** Parses a text; empty if it is not a JSON object in UTF-8. */
    static Optional<JsonValue> read(byte[] text) {
        try {
            JsonValue root = new JsonValue(READER.read(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString()));
            return root.value instanceof Map ? Optional.of(root) : Optional.empty();
        } catch (CharacterCodingException | JsonException e) {
            return Optional.empty();
        }
    }

    /** Returns an object with one member, to which others can be added. */
    static Map<String, @Nullable Object> object(String member, @Nullable Object value) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put(member, value);
        return object;
    }

    /** Returns the text of an object in UTF-8, with its members in the order of the map. */
    static byte[] bytes(Map<String, @Nullable Object> object) {
        return Json.of(object).getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a member of an object. */
    JsonValue at(String member) {
        return new JsonValue(value instanceof Map<?, ?> object ? object.get(member) : null);
    }

    /** Returns the elements of a list. */
    List<JsonValue> list() {
        return value instanceof List<?> list ? list.stream().map(JsonValue::new).toList() : List.of();
    }

    String text() {
        return value instanceof String text ? text : "";
    }

    /** Returns an integer of 64 bits; -1 for any other value. */
    long number() {
        return value instanceof BigInteger number && number.bitLength() < Long.SIZE ? number.longValue() : -1;
    }
}
