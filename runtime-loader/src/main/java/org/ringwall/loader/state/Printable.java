package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;

/** Text from somewhere else, made safe for a terminal: what is no printable character is shown as `\xNN`. */
public final class Printable {
    private Printable() {}

    /** Bytes up to the first NUL: UTF-8, or where they are none, ASCII with every other byte escaped. */
    static String of(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
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

    /**
     * A text of which only the characters are escaped that a terminal would act on, and no backslash: for paths, which users copy,
     * and for whole messages, whose parts are escaped already.
     */
    public static String line(String text) {
        return escaped(text, point -> point == '\\' || shows(point));
    }

    /** The same text with every control character, and every character that changes how others are shown, escaped. */
    public static String of(String text) {
        return escaped(text, Printable::shows);
    }

    /**
     * A text that is safe to print, in quotes: so that one that the workload chose, as `comm` is, never looks like the fields or the
     * rule around it.
     */
    public static String quoted(String safe) {
        return '"' + safe.replace("\"", "\\\"") + '"';
    }

    /**
     * A path on a line with other words: as {@link #line}, and in quotes where it has anything that separates or quotes words. `id N`, which
     * is shown where a cgroup has no path here, stays as it is.
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
