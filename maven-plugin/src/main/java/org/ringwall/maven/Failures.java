// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.maven.plugin.MojoExecutionException;

/** The messages for files that cannot be read or written. */
final class Failures {
    private Failures() {}

    static MojoExecutionException cannot(String verb, Path path, IOException e) {
        return new MojoExecutionException("cannot " + verb + " `" + path + "`: " + reason(e), e);
    }

    /**
     * Returns the reason without the paths with which the message of a {@link FileSystemException}
     * begins.
     */
    private static String reason(IOException e) {
        if (e instanceof FileSystemLoopException loop) {
            return "the symbolic link `" + loop.getFile() + "` points to a folder that contains it";
        }
        if (e instanceof FileSystemException system && system.getReason() == null) {
            return e.getClass().getSimpleName().replaceAll("Exception$", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ");
        }
        Optional<String> reason =
                Optional.ofNullable(e instanceof FileSystemException system ? system.getReason() : e.getMessage());
        return reason.orElse("input and output failed");
    }
}
