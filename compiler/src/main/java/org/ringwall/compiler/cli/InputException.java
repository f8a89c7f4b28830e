// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** An exception for a file or an argument that cannot be used, with what to do instead. */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The codes of files that are missing and that cannot be read (docs/diagnostics.md). */
    private static final String MISSING = "E0801";

    private static final String UNUSABLE = "E0802";

    private final String code;
    private final String help;

    /** Creates the exception for a file that cannot be used. */
    public InputException(String message, String help) {
        this(UNUSABLE, message, help);
    }

    private InputException(String code, String message, String help) {
        super(message);
        this.code = code;
        this.help = help;
    }

    /**
     * Returns the exception for a file that cannot be read or written.
     *
     * @param help what to do if the reason does not say it
     */
    static InputException of(String verb, Path file, IOException e, String help) {
        String what = "cannot " + verb + " `" + file + "`";
        if (e instanceof NoSuchFileException) {
            return new InputException(MISSING, what + ": no such file or folder", help);
        } else if (e instanceof AccessDeniedException) {
            return new InputException(
                    what + ": permission denied", "check the permissions of the file and its folders");
        }
        Optional<String> reason =
                Optional.ofNullable(e instanceof FileSystemException system ? system.getReason() : e.getMessage());
        return new InputException(what + reason.map(words -> ": " + words).orElse(""), help);
    }

    /** Returns the code of a diagnostic about a file. */
    String code() {
        return code;
    }

    String help() {
        return help;
    }

    String text() {
        return "error: " + getMessage() + "\n  = help: " + help;
    }
}
