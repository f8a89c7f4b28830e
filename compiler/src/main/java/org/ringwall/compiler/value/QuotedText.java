// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A string between quotes: its text, and what is wrong with its escapes. The escapes are `\t`,
 * `\n`, `\\`, `\"` and `\xHH`, a byte. The bytes of a string are UTF-8 and none of them is 0, which
 * ends a string of the kernel.
 */
public record QuotedText(String text, Optional<Problem> problem) {
    private static final String NAMED = "tn\\\"";
    private static final String MEANT = "\t\n\\\"";

    /**
     * The first mistake.
     *
     * @param start the index of its first character between the quotes
     * @param end the index after its last one
     */
    public record Problem(int start, int end, String message, String help) {}

    /** Returns the text that the characters between the quotes stand for. */
    public static QuotedText read(String inside) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < inside.length()) {
            int point = inside.codePointAt(at);
            int size = Character.charCount(point);
            if (point != '\\') {
                bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                at += size;
                continue;
            }
            int escape = at + 1 < inside.length() ? inside.codePointAt(at + 1) : ' ';
            int named = escape < 0x80 ? NAMED.indexOf(escape) : -1;
            if (named >= 0) {
                bytes.write(MEANT.charAt(named));
                at += 2;
            } else if (escape == 'x' && isByte(inside, at + 2)) {
                int value = HexFormat.fromHexDigits(inside, at + 2, at + 4);
                if (value == 0) {
                    return wrong(
                            at,
                            at + 4,
                            "a string cannot contain a zero byte",
                            "remove it; the kernel ends strings there");
                }
                bytes.write(value);
                at += 4;
            } else {
                String what = "`\\" + Character.toString(escape) + "` is not an escape";
                String help = escape == 'x'
                        ? "write two hexadecimal digits after `\\x`, as in `\\x7f`"
                        : "write `\\\\` for a backslash; the other escapes are `\\t`, `\\n`, `\\\"` and `\\xHH`";
                return wrong(at, Math.min(inside.length(), at + 1 + Character.charCount(escape)), what, help);
            }
        }
        try {
            return new QuotedText(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes.toByteArray()))
                            .toString(),
                    Optional.empty());
        } catch (CharacterCodingException e) {
            return wrong(
                    0, inside.length(), "the bytes of this string are not UTF-8", "write the characters themselves");
        }
    }

    private static boolean isByte(String text, int at) {
        return at + 2 <= text.length()
                && HexFormat.isHexDigit(text.charAt(at))
                && HexFormat.isHexDigit(text.charAt(at + 1));
    }

    private static QuotedText wrong(int start, int end, String message, String help) {
        return new QuotedText("", Optional.of(new Problem(start, end, message, help)));
    }

    /** Returns the text in quotes, with escapes where a policy needs them. */
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(point -> {
            int named = point < 0x80 ? MEANT.indexOf(point) : -1;
            if (named >= 0) {
                quoted.append('\\').append(NAMED.charAt(named));
            } else if (Character.isISOControl(point)) {
                for (byte each : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                    quoted.append("\\x%02x".formatted(each & 0xff));
                }
            } else {
                quoted.appendCodePoint(point);
            }
        });
        return quoted.append('"').toString();
    }
}
