// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The holder of a folder's flock, from `/proc/locks`, whose lines look like
 * `1: FLOCK  ADVISORY  WRITE 4711 00:21:1234 0 EOF`.
 */
final class LockHolder {
    private static final Pattern LINE =
            Pattern.compile("\\d+: FLOCK +ADVISORY +WRITE +(\\d+) +([0-9a-f]+):([0-9a-f]+):(\\d+) .*");
    private static final int MINOR_LOW = 0xff;
    private static final long MINOR_HIGH = 0xfffff00000L;

    private LockHolder() {}

    /** Returns the process id of the holder; empty if there is none, or none visible from here. */
    static OptionalLong of(Path folder) {
        try {
            Object device = Files.getAttribute(folder, "unix:dev");
            Object inode = Files.getAttribute(folder, "unix:ino");
            return device instanceof Long dev && inode instanceof Long ino
                    ? of(Files.readString(Path.of("/proc/locks")), dev, ino)
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Returns the holder according to the text of `/proc/locks`. The device is a `st_dev`, encoded
     * as in the C library.
     */
    static OptionalLong of(String locks, long device, long inode) {
        long major = device >>> 8 & 0xfff | device >>> 32 & ~0xfffL;
        long minor = device & MINOR_LOW | (device & MINOR_HIGH) >>> 12;
        return locks.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .filter(line -> Long.parseLong(line.group(2), 16) == major
                        && Long.parseLong(line.group(3), 16) == minor
                        && Long.parseLong(line.group(4)) == inode)
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .findFirst();
    }
}
