package org.ringwall.compiler.check;

import java.nio.charset.StandardCharsets;
import org.ringwall.compiler.source.Code;

/** Names of sysctls: the path below `/proc/sys`, as the `sysctl` hook's helper gives it. */
final class SysctlText {
    /** Bytes of a name at most: well above the kernel's longest, and what a program can hold on its stack. */
    static final int LONGEST = 200;

    private static final String ROOT = "/proc/sys/";

    private SysctlText() {}

    /** A name with slashes and without a leading one. */
    static Reading<String> read(String text) {
        if (text.codePoints().anyMatch(Character::isISOControl)) {
            return bad("the name of a sysctl contains a control character", "write the path below `/proc/sys`");
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > LONGEST) {
            return bad(
                    "the name of the sysctl has %d bytes".formatted(bytes),
                    "write at most %d bytes".formatted(LONGEST));
        }
        if (text.startsWith(ROOT) && text.length() > ROOT.length()) {
            return wrong(text, text.substring(ROOT.length()));
        }
        if (text.indexOf('/') < 0 && text.indexOf('.') > 0) {
            return wrong(text, text.replace('.', '/'));
        }
        String tidy = text.replaceAll("/{2,}", "/").replaceAll("^/|/$", "");
        if (tidy.isEmpty()) {
            return bad(
                    "`%s` is not the name of a sysctl".formatted(text),
                    "write the path below `/proc/sys`: `\"kernel/hostname\"`");
        }
        return tidy.equals(text) ? Reading.good(text) : wrong(text, tidy);
    }

    private static Reading<String> wrong(String text, String instead) {
        return bad(
                "`%s` is not the path of a sysctl below `/proc/sys`".formatted(text),
                "write `\"%s\"`".formatted(instead));
    }

    private static Reading<String> bad(String message, String help) {
        return Reading.bad(Code.BAD_SYSCTL_NAME, message, help);
    }
}
