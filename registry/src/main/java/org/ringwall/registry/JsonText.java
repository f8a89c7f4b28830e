// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON that a registry or a file contains: an object without members that occur twice. */
final class JsonText {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonText() {}

    /** Returns the object that a text is, or nothing if it is something else. */
    static Optional<JsonNode> read(byte[] text) {
        try {
            JsonNode root = MAPPER.readTree(text);
            return root.isObject() ? Optional.of(root) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Returns an object to be filled. Its members keep their order. */
    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /** Returns a member of an object, or an empty text if it is not a text. */
    static String text(JsonNode object, String member) {
        return object.path(member).stringValue("");
    }

    /** Returns a member of an object, or -1 if it is not a whole number. */
    static long number(JsonNode object, String member) {
        JsonNode value = object.path(member);
        return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
    }
}
