// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The result of a program: its exit status, and its standard output and error merged. */
public record Command(int status, String output) {
    /**
     * Runs a program in a folder until it exits. `/usr/sbin`, where bpftool is installed, is added
     * to its PATH.
     */
    public static Command run(Path directory, String... words) {
        return run(directory, List.of(words));
    }

    /** Runs a program in a folder until it exits, with `/usr/sbin` added to its PATH. */
    public static Command run(Path directory, List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
        return run(directory, builder);
    }

    /** Runs a process in a folder until it exits, in the environment of the builder. */
    public static Command run(Path directory, ProcessBuilder builder) {
        try {
            Path output = Files.createTempFile(directory, "command", ".out");
            int status = builder.directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start()
                    .waitFor();
            return new Command(status, Files.readString(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns the output. Fails the test with the output if the status is not 0. */
    public String succeeded() {
        assertThat(status).as(output).isZero();
        return output;
    }
}
