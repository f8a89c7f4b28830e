// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

/** Text of untrusted origin, made safe for messages. */
final class UntrustedText {
    private static final int MAX_CHARS = 200;

    private UntrustedText() {}

    /**
     * Returns a text with U+FFFD for control characters and line ends, cut after 200 characters.
     */
    static String line(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]", "\uFFFD");
        return line.length() <= MAX_CHARS ? line : line.substring(0, MAX_CHARS) + "…";
    }
}
