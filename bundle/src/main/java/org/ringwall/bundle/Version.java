// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A comparable version of a bundle: numbers separated by dots, and an optional suffix, as in
 * `1.4.0-rc1`. Missing numbers are 0. A version with a suffix is lower than the same version
 * without one; suffixes are compared as strings. Build metadata (`1.4.0+5`) is not part of it,
 * because Semantic Versioning gives versions that differ in it no order.
 */
public record Version(String text) implements Comparable<Version> {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,18}){0,15})(?:-([A-Za-z0-9.]{1,64}))?");

    /** Parses a version; empty if the text is not a comparable version. */
    public static Optional<Version> of(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new Version(text)) : Optional.empty();
    }

    /** Returns what to write instead of a text that is not a comparable version. */
    public static String help(String text) {
        String plain = text.replaceFirst("^[vV](?=[0-9])", "").replaceFirst("[+].*$", "");
        return of(plain).isPresent()
                ? "write `" + plain + "`: hosts compare versions, and a `v` or a `+build` has no order"
                : "write numbers, with dots and a suffix if needed, as 7, 1.4.0 or 1.4.0-rc1";
    }

    /**
     * Returns whether all numbers are 0 and there is no suffix, as in a version that was not
     * chosen.
     */
    public boolean isZero() {
        return text.matches("[0.]+");
    }

    /**
     * Returns whether it is one of Maven's development versions, which are built again and again.
     */
    public boolean isSnapshot() {
        return text.endsWith("-SNAPSHOT");
    }

    private Matcher parts() {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalStateException("`" + text + "` is not a version");
        }
        return parts;
    }

    @Override
    public int compareTo(Version other) {
        Matcher own = parts();
        Matcher their = other.parts();
        String[] mine = own.group(1).split("\\.", -1);
        String[] theirs = their.group(1).split("\\.", -1);
        for (int i = 0; i < Math.max(mine.length, theirs.length); i++) {
            int order = number(mine, i).compareTo(number(theirs, i));
            if (order != 0) {
                return order;
            }
        }
        String suffix = own.group(2);
        String otherSuffix = their.group(2);
        if (suffix == null || otherSuffix == null) {
            return Boolean.compare(suffix == null, otherSuffix == null);
        }
        return suffix.compareTo(otherSuffix);
    }

    private static BigInteger number(String[] parts, int index) {
        return index < parts.length ? new BigInteger(parts[index]) : BigInteger.ZERO;
    }

    @Override
    public String toString() {
        return text;
    }
}
