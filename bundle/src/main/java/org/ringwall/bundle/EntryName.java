// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/** The rules for names of entries: relative paths that mean the same wherever they are unpacked. */
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
        return path.length > TarHeader.LONGEST_NAME || TarHeader.split(path) < 0
                ? Optional.of(
                        "has a path of more than " + TarHeader.LONGEST_NAME + " bytes, or a last part of more than 100")
                : Optional.empty();
    }

    /** Returns a name for a message, in which every character is printable and which is short. */
    static String shown(String name) {
        String plain = name.replaceAll("[\\p{Cntrl}\\p{Cf}\\x7f-\\x9f]", "\uFFFD");
        return plain.length() <= TarHeader.LONGEST_NAME ? plain : plain.substring(0, TarHeader.LONGEST_NAME) + "…";
    }
}
