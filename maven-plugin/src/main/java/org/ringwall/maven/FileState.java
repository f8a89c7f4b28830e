// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * The state of a file when a build has read or written it.
 *
 * @param path the absolute path
 * @param size the size in bytes
 * @param time the time of its last modification in nanoseconds since 1970
 * @param sha256 the SHA-256 of its content, in hexadecimal digits
 */
record FileState(Path path, long size, long time, String sha256) {
    /**
     * The coarsest resolution of file times in nanoseconds. A file that changes within this time
     * after a build can keep its time.
     */
    private static final long TICK = TimeUnit.SECONDS.toNanos(2);

    private static final int BUFFER = 1 << 16;

    static FileState of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileState(path, attributes.size(), nanoseconds(attributes), digest(path));
    }

    /**
     * Returns whether an input has the same content. Reads it only if its time has changed, or is
     * within the resolution of file times of the build.
     *
     * @param built when the build began that read the input, in nanoseconds since 1970
     */
    boolean sameContent(long built) throws IOException {
        try {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            if (!now.isRegularFile() || now.size() != size) {
                return false;
            }
            return (nanoseconds(now) == time && time < built - TICK)
                    || digest(path).equals(sha256);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Returns a text that changes with the size and the time of an output. */
    static String sizeAndTime(Path output) throws IOException {
        BasicFileAttributes now = Files.readAttributes(output, BasicFileAttributes.class);
        return now.size() + " " + nanoseconds(now);
    }

    /** Returns whether an output is still the file that the build wrote. */
    boolean untouched() throws IOException {
        try {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            return now.isRegularFile() && now.size() == size && nanoseconds(now) == time;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    static long nanoseconds(BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    }

    private static String digest(Path path) throws IOException {
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(path)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
