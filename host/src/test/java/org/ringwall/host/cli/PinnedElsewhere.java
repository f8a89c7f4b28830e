// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ringwall.loader.host.LoaderHost;

/** The command with pins in the folder that its first argument names. */
final class PinnedElsewhere {
    private PinnedElsewhere() {}

    public static void main(String[] args) {
        Ringwall ringwall = new Ringwall(() -> LoaderHost.ofThisMachine(Path.of(args[0])), System.out, System.err);
        System.exit(ringwall.execute(Arrays.copyOfRange(args, 1, args.length)));
    }

    /** Runs the command in a process started by another command, such as `unshare`. */
    static Spawned.End run(List<String> before, Path pins, String... args) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words(before, pins, args))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Spawned.End(process.waitFor(), said);
    }

    static List<String> words(List<String> before, Path pins, String... args) {
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                PinnedElsewhere.class.getName(),
                pins.toString()));
        words.addAll(List.of(args));
        return words;
    }
}
