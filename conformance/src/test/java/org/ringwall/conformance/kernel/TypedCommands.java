// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ringwall.host.cli.Ringwall;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.trust.TrustFiles;

/**
 * Runs of the `ringwall` command line in this process. Their pins are in a base folder of this
 * process, their journal in a temporary file.
 */
public final class TypedCommands {
    private final Path pins =
            BpffsPins.MOUNT.resolve("rwtyped-" + ProcessHandle.current().pid());

    private final Path journal = Path.of(System.getProperty("java.io.tmpdir"), pins.getFileName() + ".jsonl");

    private final TrustFiles trust;

    /** No file is declared on this machine, unless a test names its own. */
    private Path declarations = Path.of("/nonexistent");

    public TypedCommands() {
        this(TrustFiles.ofThisHost());
    }

    /** Creates commands with other keys than those of this host. */
    public TypedCommands(TrustFiles trust) {
        this.trust = trust;
        journal.toFile().deleteOnExit();
    }

    /** Names the directory of the declared policies. */
    public void declaring(Path folder) {
        declarations = folder;
    }

    /**
     * The result of a command.
     *
     * @param code the exit code
     * @param text the output on standard output and standard error
     */
    public record Said(int code, String text) {
        /** Returns the lines of the output. */
        public List<String> lines() {
            return text.lines().toList();
        }
    }

    /** Runs one command with the words after `ringwall`. */
    public Said type(List<String> words) {
        return type(words, "");
    }

    /** Runs one command with a standard input. */
    public Said type(List<String> words, String input) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = new Ringwall(
                        this::host,
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        stream,
                        stream,
                        Optional.of(journal),
                        trust,
                        declarations)
                .execute(words.toArray(String[]::new));
        return new Said(code, said.toString(StandardCharsets.UTF_8));
    }

    /** Returns the folder of the pins. */
    public Path pins() {
        return pins;
    }

    /** Opens the host with the pins of the commands. */
    public LoaderHost host() {
        return LoaderHost.ofThisMachine(pins);
    }

    /** Runs one command that must succeed and returns the lines of its output. */
    public List<String> done(String... words) {
        Said said = type(List.of(words));
        if (said.code() != 0) {
            throw new AssertionError(String.join(" ", words) + " ended with " + said.code() + ": " + said.text());
        }
        return said.lines();
    }

    /** Removes an instance if it exists. */
    public void remove(String instance) {
        if (Files.exists(pins.resolve("v1").resolve(instance))) {
            try (LoaderHost host = host()) {
                host.remover().remove(InstanceName.parse(instance));
            }
        }
    }
}
