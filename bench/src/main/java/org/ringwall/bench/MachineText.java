// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A description of the machine. Figures of two machines are not comparable. */
final class MachineText {
    private MachineText() {}

    /** Returns kernel, JDK and processor, one per line. */
    static String lines() {
        return "kernel: " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch") + "\n"
                + "jdk: " + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version") + "\n"
                + "cpu: " + cpu() + ", " + Runtime.getRuntime().availableProcessors() + " usable, load "
                + firstWord(Path.of("/proc/loadavg")) + "\n";
    }

    private static String cpu() {
        return read(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static String firstWord(Path file) {
        return read(file).stream()
                .findFirst()
                .map(line -> line.split(" ", 2)[0])
                .orElse("unknown");
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            // The file does not exist on this kind of machine; the line says `unknown`.
            return List.of();
        }
    }
}
