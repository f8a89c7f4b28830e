// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.value.StringPattern;

/** A parser for strings that are compared with string fields. */
public final class StringText {
    /**
     * The maximum length of a pattern in bytes: what fits a program's stack, with room for the
     * string itself.
     */
    private static final int LONGEST = SysctlText.LONGEST;

    /**
     * The directories directly below `/proc/sys` have no dot in their names; deeper ones, named
     * after interfaces, may have.
     */
    private static final Pattern DOTTED_ROOT = Pattern.compile("[^/*?\\\\]*\\.");

    private StringText() {}

    /** Checks a string at any place: whether some field could equal it. */
    public static Reading<String> any(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return bytes > LONGEST
                ? bad("the string has %d bytes".formatted(bytes), "write at most %d bytes".formatted(LONGEST))
                : Reading.good(text);
    }

    /** Checks a string that the field is compared with in this way. */
    public static Reading<String> of(Field field, StringPattern.Kind kind, String text) {
        if (any(text) instanceof Reading.Bad<String> bad) {
            return bad;
        }
        if (kind == StringPattern.Kind.GLOB && text.matches("(?s)(?:[^\\\\]|\\\\.)*+\\\\")) {
            return bad("the glob `%s` ends with an escape".formatted(text), "write `\\\\\\\\` for a backslash");
        }
        if (field == Field.NAME) {
            return name(kind, text);
        }
        int limit = field.string().orElseThrow().limit();
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return kind != StringPattern.Kind.GLOB && bytes > limit
                ? bad(
                        "`%s` is never as long as the %d bytes of `%s`".formatted(field.text(), bytes, text),
                        "write at most %d bytes, which the kernel keeps".formatted(limit))
                : Reading.good(text);
    }

    private static Reading<String> name(StringPattern.Kind kind, String text) {
        if (kind == StringPattern.Kind.EXACT) {
            return SysctlText.read(text);
        }
        boolean begins = kind != StringPattern.Kind.SUFFIX;
        if (begins && text.startsWith("/")) {
            return noPath(text, text.replaceFirst("^/+(proc/sys/)?", ""));
        }
        return begins && DOTTED_ROOT.matcher(text).lookingAt()
                ? noPath(text, text.replace('.', '/'))
                : Reading.good(text);
    }

    private static Reading<String> noPath(String text, String instead) {
        return Reading.bad(
                Code.BAD_SYSCTL_NAME,
                "`%s` is not the start of a sysctl path below `/proc/sys`".formatted(text),
                "write `\"%s\"`".formatted(instead));
    }

    private static Reading<String> bad(String message, String help) {
        return Reading.bad(Code.BAD_STRING, message, help);
    }
}
