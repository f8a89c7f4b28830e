// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.ringwall.testkit.Command;

/** Runs of the machine's programs, for tests of objects. */
final class ToolRun {
    private ToolRun() {}

    /** Runs a program until it exits, with both outputs merged. */
    static Command run(String... command) {
        return Command.run(Path.of(System.getProperty("java.io.tmpdir")), command);
    }

    /** Runs a program and fails if it fails. */
    static String succeed(String... command) {
        return run(command).succeeded();
    }

    /** Writes bytes to a file. */
    static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the names in a folder, sorted. */
    static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a folder of pins. */
    static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
