// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.nio.file.Path;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Failure;

/** An exception for an invalid declaration, with the position in its file. */
final class DeclarationException extends Exception {
    private static final long serialVersionUID = 1;

    private final String help;

    /**
     * Creates an exception for a position in a file.
     *
     * @param line from 1
     * @param column from 1
     */
    DeclarationException(Path file, int line, int column, String message, String help) {
        super(file + ":" + line + ":" + column + ": " + message);
        this.help = help;
    }

    DeclarationException(Path file, String message, String help) {
        super(file + ": " + message);
        this.help = help;
    }

    String help() {
        return help;
    }

    Failure failure() {
        return new Failure(Failure.Kind.INPUT, Printable.line(String.valueOf(getMessage())), Printable.line(help));
    }
}
