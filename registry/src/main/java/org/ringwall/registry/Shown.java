// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

/** Texts of others in messages. */
final class Shown {
    private static final int LONGEST = 200;

    private Shown() {}

    /** Returns a text on one line without control characters. */
    static String text(String of) {
        String line = of.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]", "\uFFFD");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
