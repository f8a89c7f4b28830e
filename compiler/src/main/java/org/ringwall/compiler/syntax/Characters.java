// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** Characters without a meaning, and those that make a policy look different to a reviewer. */
final class Characters {
    /**
     * Characters that change the direction of text, and those that only some programs show as the
     * end of a line.
     */
    private static final Pattern DECEPTIVE =
            Pattern.compile("[\\x{202A}-\\x{202E}\\x{2066}-\\x{2069}\\x{2028}\\x{2029}\\x{0085}]");

    private Characters() {}

    /** Returns the position of the first deceptive character in a comment or a string. */
    static Optional<Integer> deceptive(String text) {
        Matcher found = DECEPTIVE.matcher(text);
        return found.find() ? Optional.of(found.start()) : Optional.empty();
    }

    /** Returns the error for a deceptive character at this position of the text. */
    static Diagnostic deceives(String text, int at, Span span) {
        return Diagnostic.of(
                        Code.BAD_CHARACTER,
                        span,
                        "the invisible character `%s` changes how this line is displayed"
                                .formatted(number(text.charAt(at))))
                .help("remove it");
    }

    /** Returns the error for a character that is not allowed anywhere. */
    static Diagnostic refused(String text, Span span) {
        int point = text.codePointAt(0);
        Diagnostic said = Diagnostic.of(
                Code.BAD_CHARACTER, span, "%s is not a valid character here".formatted(shown(text, point)));
        return switch (text) {
            case "-" -> said.help("write a number without a sign; write a range as `1..9`");
            case "%" -> said.help("remove the zone, as in `fe80::1`");
            case "\u201c", "\u201d", "\u201e", "'", "`" -> said.help("write strings in straight quotes: `\"…\"`");
            default -> help(point).map(said::help).orElse(said);
        };
    }

    private static String shown(String text, int point) {
        if (isUnseen(point)) {
            return "`" + number(point) + "`";
        }
        return point < 0x80 ? "`" + text + "`" : "`" + text + "` (" + number(point) + ")";
    }

    private static Optional<String> help(int point) {
        if (point < 0x80) {
            return Optional.empty();
        }
        if (Character.getType(point) == Character.SPACE_SEPARATOR) {
            return Optional.of("write a plain space");
        }
        return Optional.of(
                isUnseen(point)
                        ? "remove the invisible character"
                        : "write words, names and numbers with `a` to `z`, `A` to `Z`, `0` to `9` and `_`");
    }

    private static boolean isUnseen(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    private static String number(int point) {
        return "U+%04X".formatted(point);
    }
}
