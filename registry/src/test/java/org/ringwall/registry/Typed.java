// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.cli.Ringwallc;

/** Commands of {@code ringwallc} that a test types, in this process. */
final class Typed {
    private Typed() {}

    /** Runs a command that succeeds, and returns its output. */
    static String done(String... words) {
        return run(0, words);
    }

    /** Runs a command that fails with one message and a help line, and returns both. */
    static String failed(int code, String... words) {
        String text = run(code, words);
        assertThat(text.lines()).as(text).hasSize(2);
        assertThat(text).startsWith("error: ").contains("\n  = help: ");
        return text;
    }

    private static String run(int code, String... words) {
        StringBuilder said = new StringBuilder();
        int exit = code(said, words);
        assertThat(exit).as("%s", said).isEqualTo(code);
        return said.toString();
    }

    /** Runs a command, and returns its exit code. */
    static int code(StringBuilder said, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Ringwallc.run(new PrintWriter(out), new PrintWriter(err), words);
        said.append(exit == 0 ? out : err);
        return exit;
    }

    /** Makes the bundle {@code web.wallpack} of one small policy. */
    static Path bundle(Path folder, String... more) throws IOException {
        Path policy = folder.resolve("web.wall");
        Files.writeString(policy, "policy web\negress { deny if remote.port == 9; default allow }\n");
        Path bundle = folder.resolve("web.wallpack");
        List<String> words = new ArrayList<>(
                List.of("bundle", policy.toString(), "-o", bundle.toString(), "--name", "agents", "--version", "7"));
        words.addAll(List.of(more));
        done(words.toArray(String[]::new));
        return bundle;
    }

    /** Returns the digest that a command has printed. */
    static String digest(String output) {
        return output.lines()
                .filter(line -> line.startsWith("  digest "))
                .map(line -> line.substring("  digest ".length()))
                .findFirst()
                .orElseThrow();
    }
}
