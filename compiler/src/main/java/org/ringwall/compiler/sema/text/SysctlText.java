// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.nio.charset.StandardCharsets;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.value.StringPattern;

/**
 * A parser for names of sysctls: the path below `/proc/sys`, as the helper of the `sysctl` hook
 * returns it.
 */
public final class SysctlText {
    /**
     * The maximum length of a name in bytes: well above the kernel's longest, and what fits a
     * program's stack.
     */
    static final int LONGEST = 200;

    private static final String ROOT = "/proc/sys/";

    /**
     * The only mount point that the kernel makes below {@code /proc/sys}:
     * {@code register_sysctl_mount_point}.
     */
    private static final String MOUNT_POINT = "fs/binfmt_misc";

    private SysctlText() {}

    /**
     * Returns whether every name that the pattern matches is a file of the file system binfmt_misc,
     * for which the kernel invokes no hook.
     */
    public static boolean isUnseen(StringPattern.Kind kind, String text) {
        String begin = switch (kind) {
            case EXACT, PREFIX -> text;
            case GLOB -> text.replaceFirst("(?s)[*?\\\\].*", "");
            case SUFFIX, NUMBER -> "";
        };
        return begin.equals(MOUNT_POINT) || begin.startsWith(MOUNT_POINT + "/");
    }

    /** Reads a name with slashes, but no leading one. */
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

    /** The name of an attempt, about which the kernel must invoke a hook. */
    public static Reading<String> probed(String text) {
        return read(text) instanceof Reading.Good<String> && isUnseen(StringPattern.Kind.EXACT, text)
                ? Reading.bad(
                        Code.UNSEEN_SYSCTL,
                        "the kernel invokes no sysctl hook for `%s`: it is on another file system".formatted(text),
                        "leave the line out, and hide binfmt_misc from the workload; a policy cannot protect it")
                : read(text);
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
