// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sys;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** The reason of a failed file operation in words, for a message that names the file. */
public final class IoReason {
    private IoReason() {}

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
