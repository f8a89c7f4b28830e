// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A reader and writer of JSON objects; duplicate members are rejected. */
final class JsonText {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonText() {}

    /** Parses a text; empty if it is not a JSON object. */
    static Optional<JsonNode> read(byte[] text) {
        try {
            JsonNode root = MAPPER.readTree(text);
            return root.isObject() ? Optional.of(root) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Returns an empty object, whose members keep the order of insertion. */
    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /**
     * Returns a string member of an object, or an empty string if it is missing or not a string.
     */
    static String text(JsonNode object, String member) {
        return object.path(member).stringValue("");
    }

    /** Returns an integer member of an object, or -1 if it is missing or not an integer. */
    static long number(JsonNode object, String member) {
        JsonNode value = object.path(member);
        return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
    }
}
