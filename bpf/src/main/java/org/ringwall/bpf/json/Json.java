// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A writer of JSON (RFC 8259) from maps, lists, strings, numbers, booleans and null, in the
 * canonical form: without white space, and control characters as an escape with four lower-case
 * hexadecimal digits.
 *
 * <p>It is not the library's writer, because every command that changes state writes a line of JSON
 * to the journal, and would start slower by the library's classes.
 */
public final class Json {
    private static final String HEX = "0123456789abcdef";

    private Json() {}

    /**
     * Returns the text without a line end. A value of any other type is written as the string that
     * its `toString` returns.
     */
    public static String of(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        append(out, value);
        return out.toString();
    }

    /** Appends the text of a value. */
    public static void append(StringBuilder out, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            out.append('{');
            String separator = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(separator);
                string(out, String.valueOf(entry.getKey()));
                append(out.append(':'), entry.getValue());
                separator = ",";
            }
            out.append('}');
        } else if (value instanceof List<?> list) {
            out.append('[');
            String separator = "";
            for (Object each : list) {
                append(out.append(separator), each);
                separator = ",";
            }
            out.append(']');
        } else if (value instanceof Long number) {
            out.append(number.longValue());
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            string(out, value.toString());
        }
    }

    private static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7f && c < 0xa0) {
                out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
            } else if (c >= 0xfffe) {
                // The canonical form has these escaped; digests of bundles depend on it.
                out.append(c == 0xfffe ? "\\ufffe" : "\\uffff");
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
