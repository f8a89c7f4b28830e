// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.testkit.Command;

/** The command `ringwall` as a process of its own, from the classes of this test. */
public final class LoaderProcess {
    private LoaderProcess() {}

    /** Returns the words that start it with these words after `ringwall`. */
    public static List<String> words(String... words) {
        List<String> all = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.ringwall.host.cli.Main"));
        all.addAll(List.of(words));
        return all;
    }

    /** Returns a builder of its process, which keeps no journal. */
    public static ProcessBuilder builder(String... words) {
        ProcessBuilder builder = new ProcessBuilder(words(words));
        builder.environment().putAll(Map.of("RINGWALL_JOURNAL", ""));
        return builder;
    }

    /** Runs it in a folder until it ends. */
    public static Command run(Path folder, String... words) {
        return Command.run(folder, builder(words));
    }
}
