// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.compile.CompilerProcess;

/**
 * The environment in which images are built: a folder, the compilers, and a time limit.
 * {@link #close} removes everything.
 */
public final class Workshop implements AutoCloseable {
    private final Checkout checkout;
    private final Duration patience;
    private final Path folder;
    private final CompilerProcess compiler;

    /** The running command, which {@link #close} kills if another thread calls it. */
    private volatile Optional<Process> running = Optional.empty();

    public Workshop(Checkout checkout, Duration patience) {
        this.checkout = checkout;
        this.patience = patience;
        try {
            this.folder = Files.createTempDirectory("ringwall-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.compiler = new CompilerProcess(patience);
    }

    Checkout checkout() {
        return checkout;
    }

    CompilerProcess compiler() {
        return compiler;
    }

    /** Returns the path of a file in the folder. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Writes a file into the folder. */
    Path write(String name, String text) {
        try {
            return Files.writeString(file(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command and returns its time in milliseconds. */
    double time(List<String> command) throws Refusal {
        Path said = file("said");
        try {
            long start = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            running = Optional.of(process);
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new Refusal("no compile", "not done after " + patience.toSeconds() + " s");
            }
            double took = (System.nanoTime() - start) / 1e6;
            if (process.exitValue() != 0) {
                throw new Refusal("no compile", error(Files.readString(said, StandardCharsets.UTF_8)));
            }
            return took;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns the first error message, without its position in a temporary file. */
    private static String error(String said) {
        String line =
                said.lines().filter(text -> text.contains("error:")).findFirst().orElse("it failed without a word");
        return line.substring(line.indexOf("error:") + "error:".length()).strip();
    }

    @Override
    public void close() {
        compiler.close();
        running.ifPresent(Process::destroyForcibly);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
