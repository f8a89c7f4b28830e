// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ringwall.host.export.CounterReader;
import org.ringwall.host.export.ExportFile;
import org.ringwall.host.export.Exporter;
import org.ringwall.host.export.LineFormat;
import org.ringwall.host.export.StateFile;
import org.ringwall.loader.host.LoaderHost;

/** A process that exports counters without a pause until it is killed. */
final class ExportDaemon {
    private ExportDaemon() {}

    /** Returns the words that start it. */
    static List<String> words(Path pins, String state, String output) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ExportDaemon.class.getName(),
                pins.toString(),
                state,
                output.substring("file:".length()));
    }

    public static void main(String... words) {
        try (LoaderHost host = LoaderHost.ofThisMachine(Path.of(words[0]));
                CounterReader reader = new CounterReader(host, Optional.empty());
                StateFile state = StateFile.open(Path.of(words[1]))) {
            Exporter exporter =
                    new Exporter(host, reader, LineFormat.JSON, new ExportFile(Path.of(words[2])), System.out::println);
            System.out.println("begins");
            while (true) {
                exporter.export(state);
            }
        }
    }
}
