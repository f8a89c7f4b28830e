// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel release as far as policies distinguish it: `6.1`. Stable releases of one minor are the
 * same version.
 */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
    /** The oldest tested kernel, and the default target. */
    public static final KernelVersion V5_10 = new KernelVersion(5, 10);

    public static final KernelVersion V6_1 = new KernelVersion(6, 1);

    public static final KernelVersion V6_12 = new KernelVersion(6, 12);

    /** The tested targets, oldest first. */
    public static final List<KernelVersion> TARGETS = List.of(V5_10, V6_1, V6_12);

    private static final String RELEASE = "(\\d{1,5})\\.(\\d{1,5})(?:[.+-].*)?";

    public KernelVersion {
        if (major < 0 || minor < 0) {
            throw new IllegalArgumentException("a kernel version counts from 0");
        }
    }

    /**
     * Parses `6.1`, `6.1.176` or a release as `uname -r` prints it (`6.12.117+deb13-amd64`); empty
     * for other text.
     */
    public static Optional<KernelVersion> parse(String text) {
        Matcher matcher = Pattern.compile(RELEASE).matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(new KernelVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))));
    }

    /** Returns whether this kernel is `floor` or newer. */
    public boolean atLeast(KernelVersion floor) {
        return compareTo(floor) >= 0;
    }

    /** Returns the newer of the two. */
    public KernelVersion max(KernelVersion other) {
        return atLeast(other) ? this : other;
    }

    @Override
    public int compareTo(KernelVersion other) {
        return major == other.major ? Integer.compare(minor, other.minor) : Integer.compare(major, other.major);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
