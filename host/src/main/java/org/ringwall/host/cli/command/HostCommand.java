// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * A command of {@code ringwall}: its options, and what it does. {@code Commands} lists all of them.
 */
public interface HostCommand {
    /** Returns its options, parameters and one sentence for the help. */
    CommandSpec spec();

    /** Runs it and returns its exit code. */
    int run(ParseResult command, Session session);

    /** Whether words after {@code --} are not its own, but those of a command that it starts. */
    default boolean startsAnother() {
        return false;
    }

    /** Returns the exit code of a failure that has this code in other commands. */
    default int failure(int code) {
        return code;
    }
}
