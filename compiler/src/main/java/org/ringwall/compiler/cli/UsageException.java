// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A wrong command line, with what to write instead. */
final class UsageException extends ParameterException {
    private static final long serialVersionUID = 1;

    private final String help;

    UsageException(CommandLine line, String message, String help) {
        super(line, message);
        this.help = help;
    }

    String help() {
        return help;
    }
}
