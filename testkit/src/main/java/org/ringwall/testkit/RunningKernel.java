// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that a test runs on, for tests of features that older kernels lack. */
public final class RunningKernel {
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

    private RunningKernel() {}

    /**
     * Aborts the test as not applicable on a kernel older than this version. On any other kernel
     * the test runs, so that a missing feature is a failure there.
     *
     * @param what the feature, as the report names it: `choice of errno`
     */
    public static void needs(int major, int minor, String what) {
        if (!atLeast(major, minor)) {
            throw new NotApplicableException("%s came with kernel %d.%d".formatted(what, major, minor));
        }
    }

    /**
     * Aborts the test as not applicable on a kernel of this version or newer, because a feature was
     * removed. On an older kernel the test runs.
     */
    public static void needsBefore(int major, int minor, String what) {
        if (atLeast(major, minor)) {
            throw new NotApplicableException(
                    "%s is gone, with kernel %d.%d at the latest".formatted(what, major, minor));
        }
    }

    /**
     * Returns the exception that aborts a test as not applicable on a kernel that was built without
     * a feature or its module, as the kernel itself has reported.
     *
     * @param what the feature, as the report names it: `AF_VSOCK`
     */
    public static NotApplicableException lacks(String what) {
        return new NotApplicableException("this kernel was built without " + what);
    }

    /** Returns whether the running kernel has this version or a newer one. */
    public static boolean atLeast(int major, int minor) {
        Matcher release = RELEASE.matcher(release());
        if (!release.matches()) {
            throw new IllegalStateException("a kernel release without numbers: " + release());
        }
        int ours = Integer.parseInt(release.group(1));
        return ours > major || ours == major && Integer.parseInt(release.group(2)) >= minor;
    }

    private static String release() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
