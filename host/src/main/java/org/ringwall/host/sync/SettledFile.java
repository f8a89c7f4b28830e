// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;

/**
 * A reader of files that other processes write, which reads no file that is half written. A file
 * counts when no process has it open for writing and it has not changed for {@link #AGE}: some
 * programs write a file in several steps, and open it for each of them.
 */
final class SettledFile {
    /** For how long a file must not have changed. Its change time (ctime) cannot be chosen. */
    static final Duration AGE = Duration.ofSeconds(1);

    private static final Duration AGAIN = Duration.ofMillis(200);

    private final Host host;
    private final Duration least;

    /**
     * Creates a reader.
     *
     * @param least for how long a file must not have changed
     */
    SettledFile(Host host, Duration least) {
        this.host = host;
        this.least = least;
    }

    /**
     * The result of an attempt.
     *
     * @param content the content of a settled file
     * @param written whether a process has the file open for writing
     * @param again after which time another attempt may succeed; zero with a content
     * @param changed when the file changed last
     */
    record Attempt(Optional<byte[]> content, boolean written, Duration again, Instant changed) {}

    /**
     * Reads a file, if it is settled.
     *
     * @param most the limit of its size in bytes; one byte more is read of a larger file
     */
    Attempt read(Path file, int most) throws IOException {
        try (Fd open = host.openFile(file.toAbsolutePath())) {
            // Whatever the name leads to by now, this is the file that was opened.
            Path opened = Path.of("/proc/self/fd/" + open.number());
            // Held until the content is read: a process that opens the file for writing waits.
            boolean unwritten = host.leaseUnlessWritten(open);
            Instant changed = changed(opened);
            if (!unwritten) {
                return new Attempt(Optional.empty(), true, AGAIN, changed);
            }
            Duration age = Duration.between(changed, Instant.now());
            // A time in the future is that of a clock that was set back since.
            if (!age.isNegative() && age.compareTo(least) < 0) {
                return new Attempt(Optional.empty(), false, least.minus(age).plusMillis(1), changed);
            }
            try (InputStream in = Files.newInputStream(opened)) {
                return new Attempt(Optional.of(in.readNBytes(most + 1)), false, Duration.ZERO, changed);
            }
        }
    }

    /** Returns when a file or its attributes changed last, by the clock of the kernel. */
    static Instant changed(Path file) throws IOException {
        return ((FileTime) Files.getAttribute(file, "unix:ctime", new LinkOption[0])).toInstant();
    }
}
