// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The reason of a failed file operation in words, for a message that names the file. */
public final class IoReason {
    /** What strerror(3) says, which no type of exception does, and what to do about it. */
    private static final List<Map.Entry<String, String>> HELP = List.of(
            Map.entry("No space left on device", "free space on that file system: see `df -h` and `df -i`"),
            Map.entry("Disk quota exceeded", "free space, or raise the quota of that user"),
            Map.entry("Read-only file system", "mount that file system writable: mount -o remount,rw MOUNT"),
            Map.entry("Input/output error", "check the device of that file system: see `dmesg`"),
            Map.entry("Too many open files", "raise the limit of open files: see `ulimit -n`"));

    private IoReason() {}

    /**
     * Returns what to do about a failure: for a file system that is full, read-only or damaged its
     * own remedy.
     *
     * @param otherwise what to do about any other one, most often about a lack of privileges
     */
    public static String help(IOException e, String otherwise) {
        String reason = of(e);
        for (Map.Entry<String, String> each : HELP) {
            if (reason.contains(each.getKey())) {
                return each.getValue();
            }
        }
        return otherwise;
    }

    /**
     * Returns the reason without the path. The message of most file system exceptions is the path
     * alone.
     */
    public static String of(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        } else if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        } else if (e instanceof FileAlreadyExistsException) {
            return "it exists already";
        } else if (e instanceof DirectoryNotEmptyException) {
            return "the directory is not empty";
        }
        Optional<String> reason =
                Optional.ofNullable(e instanceof FileSystemException failed ? failed.getReason() : e.getMessage());
        return reason.orElse("input or output failed");
    }
}
