// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.util.List;
import java.util.Map;

/** A writer of JSON with two spaces of indentation, whose output depends on its input alone. */
final class Json {
    private static final int FIRST_PRINTABLE = 0x20;

    private final StringBuilder text = new StringBuilder();

    private Json() {}

    /**
     * Returns a value as JSON.
     *
     * @param value a map with an order and names as keys, a list, a text or a number
     */
    static String text(Object value) {
        Json json = new Json();
        json.value(value, 0);
        return json.text.toString();
    }

    private void value(Object value, int depth) {
        if (value instanceof Map<?, ?> map) {
            int left = map.size();
            text.append('{');
            for (Map.Entry<?, ?> member : map.entrySet()) {
                left--;
                line(depth + 1);
                string(member.getKey().toString());
                text.append(": ");
                value(member.getValue(), depth + 1);
                text.append(left > 0 ? "," : "");
            }
            line(depth);
            text.append('}');
        } else if (value instanceof List<?> list) {
            text.append('[');
            for (int i = 0; i < list.size(); i++) {
                line(depth + 1);
                value(list.get(i), depth + 1);
                text.append(i < list.size() - 1 ? "," : "");
            }
            line(depth);
            text.append(']');
        } else if (value instanceof Number number) {
            text.append(number);
        } else {
            string(value.toString());
        }
    }

    private void line(int depth) {
        text.append('\n').append("  ".repeat(depth));
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < FIRST_PRINTABLE) {
                text.append("\\u").append(String.format("%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
