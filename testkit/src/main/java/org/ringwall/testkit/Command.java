package org.ringwall.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a program gave: its exit status, and what it printed, errors in the same text. */
public record Command(int status, String output) {
    /** Runs a program in a folder to its end; `/usr/sbin` is on its PATH, where bpftool lives. */
    public static Command run(Path directory, String... words) {
        return run(directory, List.of(words));
    }

    /** Likewise. */
    public static Command run(Path directory, List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
        return run(directory, builder);
    }

    /** Runs a process to its end in the environment that it has. */
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

    /** What it printed; any other status than 0 fails the test with that text. */
    public String succeeded() {
        assertThat(status).as(output).isZero();
        return output;
    }
}
