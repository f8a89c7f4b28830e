// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;
import org.ringwall.loader.apply.Author;
import org.ringwall.loader.apply.LoaderHost;

/**
 * What a command works with.
 *
 * @param machine opens the host
 * @param journal where {@code changes} are kept
 * @param command the words of this command without {@code words}
 * @param words the words after {@code --}, if the command starts another one
 * @param changes what the command changes
 */
record Session(
        Supplier<LoaderHost> machine,
        Journal journal,
        List<String> command,
        InputStream in,
        PrintStream out,
        PrintStream err,
        List<String> words,
        Changes changes) {
    Session {
        command = List.copyOf(command);
        words = List.copyOf(words);
    }

    /** Opens the host, which the caller closes. */
    LoaderHost host() {
        return machine.get().by("ringwall " + Author.line(command)).seeing(changes::rolledBack);
    }
}
