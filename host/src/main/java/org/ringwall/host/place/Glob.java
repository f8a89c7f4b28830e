// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

/**
 * A pattern of a name in which {@code *} matches any characters and {@code ?} one.
 *
 * <p>The names are those that workloads give, so every character counts, also those that end a
 * line, and no name makes a match slow: it takes at most as many steps as the product of both
 * lengths.
 */
public final class Glob {
    private final int[] pattern;

    public Glob(String text) {
        this.pattern = text.codePoints().toArray();
    }

    /** Returns whether a whole name matches. */
    public boolean matches(String text) {
        int[] name = text.codePoints().toArray();
        int at = 0;
        int in = 0;
        int star = -1;
        int retry = 0;
        while (in < name.length) {
            if (at < pattern.length && pattern[at] == '*') {
                // Begins with no character for the star, and takes one more after each mismatch.
                star = at++;
                retry = in;
            } else if (at < pattern.length && (pattern[at] == '?' || pattern[at] == name[in])) {
                at++;
                in++;
            } else if (star >= 0) {
                at = star + 1;
                in = ++retry;
            } else {
                return false;
            }
        }
        while (at < pattern.length && pattern[at] == '*') {
            at++;
        }
        return at == pattern.length;
    }
}
