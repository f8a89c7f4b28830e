package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that a test runs on, for tests of what older ones lack. */
public final class RunningKernel {
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

    private RunningKernel() {}

    /**
     * Ends the test as not applicable on a kernel before the one that brought what it needs; on any later one the test
     * runs, so that nothing is excused there.
     *
     * @param what in the words of the report: `choice of errno`
     */
    public static void needs(int major, int minor, String what) {
        if (!atLeast(major, minor)) {
            throw new NotApplicableException("%s came with kernel %d.%d".formatted(what, major, minor));
        }
    }

    /**
     * Ends the test as not applicable on a kernel from which something was removed, this one or newer; on any older one
     * the test runs.
     */
    public static void needsBefore(int major, int minor, String what) {
        if (atLeast(major, minor)) {
            throw new NotApplicableException(
                    "%s is gone, with kernel %d.%d at the latest".formatted(what, major, minor));
        }
    }

    /**
     * What ends a test as not applicable on a kernel that was built without something, or without the module for it, as
     * the kernel itself said.
     *
     * @param what in the words of the report: `AF_VSOCK`
     */
    public static NotApplicableException lacks(String what) {
        return new NotApplicableException("this kernel was built without " + what);
    }

    /** Whether the running kernel is this one or newer. */
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
