// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.journal.Journal;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.trust.Trust;
import org.ringwall.loader.trust.TrustFiles;

/**
 * The environment of one run of a command: the host, its streams and its journal.
 *
 * @param machine opens the host
 * @param journal the destination of {@code changes}
 * @param command the words of this command without {@code words}
 * @param words the words after {@code --}, if the command starts another one
 * @param changes the changes of the command so far
 * @param trust the keys that this host trusts
 * @param declarations the directory of the declared policies
 * @param started the containers that commands of this process have put under policies
 * @param commands runs other commands on the same host
 */
public record Session(
        Supplier<LoaderHost> machine,
        Journal journal,
        List<String> command,
        InputStream in,
        PrintStream out,
        PrintStream err,
        List<String> words,
        Changes changes,
        TrustFiles trust,
        Path declarations,
        StartedContainers started,
        CommandRunner commands) {
    /** A command line that runs one command with these streams, and returns its exit code. */
    public interface CommandRunner {
        int execute(InputStream input, PrintStream output, PrintStream errors, String... words);
    }

    public Session {
        command = List.copyOf(command);
        words = List.copyOf(words);
    }

    /**
     * Returns what decides which files are applied.
     *
     * @param downgrade whether lower versions are admitted
     */
    public RecordedAdmission admission(boolean downgrade) {
        return Trust.of(trust, downgrade);
    }

    /**
     * Returns a session of the same command for one of several changes, with its own lines of the
     * journal.
     */
    public Session forOneChange() {
        return new Session(
                machine,
                journal,
                command,
                in,
                out,
                err,
                words,
                changes.other(),
                trust,
                declarations,
                started,
                commands);
    }

    /** Opens the host, which the caller closes. */
    public LoaderHost host() {
        return machine.get()
                .by("ringwall " + Author.line(command))
                .seeing(changes::rolledBack)
                .trusting(trust);
    }

    /** Returns the same session with other output. */
    public Session printing(PrintStream output, PrintStream errors) {
        return new Session(
                machine, journal, command, in, output, errors, words, changes, trust, declarations, started, commands);
    }

    /** Runs another command on the same host with other streams, and returns its exit code. */
    public int execute(InputStream input, PrintStream output, PrintStream errors, String... words) {
        return commands.execute(input, output, errors, words);
    }
}
