// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * The machine and the time of a run. Figures of two machines are not comparable.
 *
 * @param date the start of the run in UTC, as in ISO 8601
 */
public record Machine(String date, String kernel, String cpu) {
    /** Returns this machine, now. */
    public static Machine here() {
        return new Machine(
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), System.getProperty("os.version"), model());
    }

    private static String model() {
        return read(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    /** Returns the machine, the Java version and the load for people. */
    public String text() {
        String load = String.join("", read(Path.of("/proc/loadavg")));
        return "date " + date + ", kernel " + kernel + ", java " + System.getProperty("java.vm.version") + "\n" + cpu
                + ", " + Runtime.getRuntime().availableProcessors() + " usable, load " + load + "\n";
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            // The file does not exist on this kind of machine.
            return List.of();
        }
    }
}
