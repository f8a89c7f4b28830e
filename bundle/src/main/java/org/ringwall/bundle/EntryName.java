// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/** The rules for names of entries: relative paths in UTF-8 that every system can unpack. */
final class EntryName {
    /** The order of entries: that of the bytes of their names. */
    static final Comparator<String> ORDER =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private EntryName() {}

    /** Returns why a text cannot be the name of an entry; empty if it can. */
    static Optional<String> fault(String name) {
        if (name.isEmpty()) {
            return Optional.of("has no name");
        }
        if (name.startsWith("/")) {
            return Optional.of("has an absolute path");
        }
        if (name.indexOf('\\') >= 0 || name.chars().anyMatch(c -> c < ' ' || (c >= 0x7f && c < 0xa0))) {
            return Optional.of("has a control character or a backslash in its name");
        }
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                return Optional.of("has `..` in its path");
            }
            if (part.isEmpty() || part.equals(".")) {
                return Optional.of("has an empty part or `.` in its path");
            }
        }
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        if (!new String(path, StandardCharsets.UTF_8).equals(name)) {
            return Optional.of("has a name that is not Unicode");
        }
        return path.length > TarHeader.MAX_NAME_BYTES || TarHeader.split(path) < 0
                ? Optional.of("has a path of more than " + TarHeader.MAX_NAME_BYTES
                        + " bytes, or a last part of more than 100")
                : Optional.empty();
    }

    /** Returns a name for messages: truncated, with U+FFFD for unprintable characters. */
    static String shown(String name) {
        String plain = name.replaceAll("[\\p{Cntrl}\\p{Cf}\\x7f-\\x9f]", "\uFFFD");
        return plain.length() <= TarHeader.MAX_NAME_BYTES ? plain : plain.substring(0, TarHeader.MAX_NAME_BYTES) + "…";
    }
}
