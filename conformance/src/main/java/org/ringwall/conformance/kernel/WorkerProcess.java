// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * A worker process that answers each line with one line, usually a JVM with the same class path. It
 * ends with {@link #close}.
 */
public final class WorkerProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final BufferedReader in;
    private final PrintStream out;
    private final Complaints complaints;

    private WorkerProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.complaints = new Complaints(name, process.getErrorStream());
    }

    /** Starts a main class with these paths as its arguments. */
    public static WorkerProcess start(Class<?> main, Path... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        Arrays.stream(arguments).map(Path::toString).forEach(command::add);
        return start(main.getSimpleName(), new ProcessBuilder(command));
    }

    /**
     * Starts a process; `name` is used in messages. Its standard error is copied to that of this
     * process.
     */
    public static WorkerProcess start(String name, ProcessBuilder builder) {
        try {
            return new WorkerProcess(name, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns its process id. */
    public long pid() {
        return process.pid();
    }

    /** Sends a line and returns the answer. */
    public String ask(String line) {
        out.println(line);
        return answer();
    }

    /** Returns its next line, such as the one with which it reports that it is ready. */
    public String answer() {
        try {
            return Optional.ofNullable(in.readLine()).orElseThrow(this::ended);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private IllegalStateException ended() {
        waitFor();
        return new IllegalStateException(
                "%s has ended with status %d; it said: %s".formatted(name, process.exitValue(), complaints.last()));
    }

    @Override
    public void close() {
        out.close();
        process.destroy();
        waitFor();
    }

    private void waitFor() {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The standard error of a process, copied line by line. The last lines are kept for messages.
     */
    private static final class Complaints {
        private static final int KEPT = 20;
        private static final long PATIENCE_MILLIS = 1_000;

        private final Deque<String> lines = new ConcurrentLinkedDeque<>();
        private final Thread reader;

        Complaints(String name, InputStream from) {
            this.reader = new Thread(() -> read(from), name + "'s errors");
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream from) {
            try (BufferedReader errors = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                for (String line = errors.readLine(); line != null; line = errors.readLine()) {
                    System.err.println(line);
                    keep(line);
                }
            } catch (IOException e) {
                keep("(its errors could not be read on: " + e.getMessage() + ")");
            }
        }

        private void keep(String line) {
            lines.add(line);
            if (lines.size() > KEPT) {
                lines.remove();
            }
        }

        /**
         * Returns the last lines, after the process has ended. A child of the process may still
         * hold the stream, so the wait is limited.
         */
        String last() {
            try {
                reader.join(PATIENCE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return String.join("\n", lines);
        }
    }
}
