// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mount table of a process, from `/proc/PID/mountinfo` (proc_pid_mountinfo(5)). */
public record Mounts(List<Mount> mounts) {
    /** Creates a table of mounts, in the order in which they were mounted. */
    public Mounts {
        mounts = List.copyOf(mounts);
    }

    /**
     * A mount.
     *
     * @param root the directory of the file system that is visible at the mount point
     */
    public record Mount(Path point, String root, String type) {
        /** Returns whether the file is at or below the mount point. */
        boolean holds(Path file) {
            return file.startsWith(point);
        }
    }

    /**
     * Reads the table of this process.
     *
     * @throws UncheckedIOException if `/proc` is not mounted
     */
    public static Mounts ofThisProcess() {
        try {
            return parse(new String(Files.readAllBytes(Path.of("/proc/self/mountinfo")), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Parses the table. A line that is not a mount is ignored, because the format permits
     * additional fields.
     */
    public static Mounts parse(String text) {
        List<Mount> found = new ArrayList<>();
        text.lines().forEach(line -> parseLine(line).ifPresent(found::add));
        return new Mounts(found);
    }

    private static Optional<Mount> parseLine(String line) {
        // INVARIANT: the kernel escapes blanks in every field, so " - " occurs only as the
        // separator.
        int separator = line.indexOf(" - ");
        if (separator < 0) {
            return Optional.empty();
        }
        List<String> fields = List.of(line.substring(0, separator).split(" "));
        List<String> rest = List.of(line.substring(separator + 3).split(" "));
        if (fields.size() < 6 || !fields.get(4).startsWith("/")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Mount(Path.of(unescape(fields.get(4))), unescape(fields.get(3)), rest.get(0)));
        } catch (InvalidPathException e) {
            // Any user can mount with fusermount at a name that the locale cannot express; there is
            // no cgroup.
            return Optional.empty();
        }
    }

    /** Decodes octal escapes of blank, tab, newline and backslash ({@code mangle_path}). */
    static String unescape(String field) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\\' && i + 3 < bytes.length && octal(bytes, i + 1) >= 0) {
                out.write(octal(bytes, i + 1));
                i += 3;
            } else {
                out.write(bytes[i]);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static int octal(byte[] bytes, int at) {
        int value = 0;
        for (int i = at; i < at + 3; i++) {
            if (bytes[i] < '0' || bytes[i] > '7') {
                return -1;
            }
            value = value * 8 + bytes[i] - '0';
        }
        return value;
    }

    /**
     * Returns the mount that contains a file: the one with the longest mount point above it; of
     * equal ones the last, which hides the others.
     */
    public Optional<Mount> of(Path file) {
        Optional<Mount> best = Optional.empty();
        for (Mount mount : mounts) {
            boolean deeper = best.isEmpty()
                    || mount.point().getNameCount() >= best.get().point().getNameCount();
            if (mount.holds(file) && deeper) {
                best = Optional.of(mount);
            }
        }
        return best;
    }

    /** Returns the visible mounts of this type. */
    public List<Mount> ofType(String type) {
        return mounts.stream()
                .filter(mount -> mount.type().equals(type))
                .filter(mount -> of(mount.point()).equals(Optional.of(mount)))
                .distinct()
                .toList();
    }
}
