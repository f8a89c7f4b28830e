// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.testkit.Guard;

/** The command in a separate process, as users start it. */
record Spawned(Process process) {
    static Spawned ringwall(String... args) throws IOException {
        return by(List.of(), args);
    }

    /** Starts the command through another command. */
    static Spawned by(List<String> starter, String... args) throws IOException {
        List<String> all = new ArrayList<>(starter);
        all.addAll(words(args));
        return new Spawned(new ProcessBuilder(all).redirectErrorStream(true).start());
    }

    /** Returns the words that start it. */
    static List<String> words(String... args) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        words.addAll(List.of(args));
        return words;
    }

    record End(int code, String said) {}

    End end() throws IOException, InterruptedException {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new End(Guard.exit(process), said);
    }
}
