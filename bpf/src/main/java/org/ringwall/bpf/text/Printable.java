// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;

/**
 * Text of foreign origin made safe for a terminal: characters that are not printable are shown as
 * `\xNN`.
 */
public final class Printable {
    private Printable() {}

    /**
     * Returns the text up to the first NUL, decoded as UTF-8. If that fails, it is ASCII, with
     * every other byte escaped.
     */
    public static String of(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        if (isPlain(bytes, end)) {
            return new String(bytes, 0, end, StandardCharsets.US_ASCII);
        }
        try {
            return of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, end))
                    .toString());
        } catch (CharacterCodingException e) {
            StringBuilder out = new StringBuilder();
            for (int i = 0; i < end; i++) {
                out.append(
                        bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '\\'
                                ? String.valueOf((char) bytes[i])
                                : escaped(bytes[i]));
            }
            return out.toString();
        }
    }

    private static boolean isPlain(byte[] bytes, int end) {
        for (int i = 0; i < end; i++) {
            if (bytes[i] < 0x20 || bytes[i] == 0x7f || bytes[i] == '\\') {
                return false;
            }
        }
        return true;
    }

    /**
     * Escapes only characters that a terminal interprets, and no backslash. For paths, which users
     * copy, and for whole messages, whose parts are already escaped.
     */
    public static String line(String text) {
        return escaped(text, point -> point == '\\' || shows(point));
    }

    /**
     * Escapes every control character, every character that changes how others are shown, and the
     * backslash.
     */
    public static String of(String text) {
        return escaped(text, Printable::shows);
    }

    /**
     * Quotes a text that is safe to print, so that text chosen by the workload, such as `comm`,
     * never looks like the fields or the rule around it.
     */
    public static String quoted(String safe) {
        return '"' + safe.replace("\"", "\\\"") + '"';
    }

    /**
     * Returns a path for a line with other words: as {@link #line}, and in quotes if it contains a
     * character that separates or quotes words. `id N`, which is shown for a cgroup without a
     * visible path, does not change.
     */
    public static String path(String text) {
        String safe = line(text);
        return safe.startsWith("/") && safe.codePoints().anyMatch(Printable::separates) ? quoted(safe) : safe;
    }

    private static boolean separates(int point) {
        return Character.isSpaceChar(point) || point == '(' || point == ')' || point == '"' || point == '\'';
    }

    private static String escaped(String text, IntPredicate shown) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(point -> {
            if (shown.test(point)) {
                out.appendCodePoint(point);
            } else {
                for (byte one : new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8)) {
                    out.append(escaped(one));
                }
            }
        });
        return out.toString();
    }

    private static boolean shows(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> point != '\\';
        };
    }

    private static String escaped(byte one) {
        return one == '\\' ? "\\\\" : String.format(java.util.Locale.ROOT, "\\x%02x", one);
    }
}
