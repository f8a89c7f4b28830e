// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.io.IOException;
import org.ringwall.compiler.files.RefusedOutputException;

/**
 * A refusal to write an object where it would destroy a file. The message gives the reason and does
 * not name the file.
 */
public final class RefusedFileException extends IOException {
    private static final long serialVersionUID = 1;

    private final String help;

    RefusedFileException(RefusedOutputException cause) {
        super(cause.getMessage(), cause);
        help = cause.help();
    }

    /** Returns what to do instead. */
    public String help() {
        return help;
    }
}
