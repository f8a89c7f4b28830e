// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Python process in the cgroup of its creator. It prints a line when it is ready; {@link #close}
 * ends it.
 */
final class PythonProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final String ready;

    private PythonProcess(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.ready = line();
    }

    /** Starts a program with these arguments, and waits for its first line. */
    static PythonProcess start(String text, String... words) {
        List<String> command = new ArrayList<>(List.of("python3", "-c", text));
        command.addAll(List.of(words));
        try {
            return new PythonProcess(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Returns the line that it printed when it was ready. */
    String ready() {
        return ready;
    }

    /** Lets it continue, and throws {@link Refused} unless it prints `0` for errno. */
    void goOn(String step) {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        check(line(), step);
    }

    /** Throws {@link Refused} unless the line is `0` for errno. */
    static void check(String line, String step) {
        int errno = Integer.parseInt(line);
        if (errno != 0) {
            throw new Refused(errno, step);
        }
    }

    private String line() {
        try {
            return Optional.ofNullable(out.readLine())
                    .orElseThrow(() -> new IllegalStateException("the script has ended without a line"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
