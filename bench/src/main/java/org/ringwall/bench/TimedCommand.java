// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A command whose time is measured. */
public final class TimedCommand {
    private static final double MILLI = 1e6;

    /** The maximum number of words in a failure, since a command can name a thousand cgroups. */
    private static final int NAMED = 5;

    private TimedCommand() {}

    /** Runs a command, which must succeed, and returns its time in milliseconds. */
    public static double run(List<String> command) {
        return run(new ProcessBuilder(command));
    }

    /** Runs a command with its folder and environment, as {@link #run(List)}. */
    public static double run(ProcessBuilder command) {
        try {
            long start = System.nanoTime();
            Process process = command.redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            double took = (System.nanoTime() - start) / MILLI;
            if (code != 0) {
                throw new IllegalStateException(beginning(command.command()) + " ended with " + code + ":\n" + said);
            }
            return took;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns the first words of a command, for a message. */
    static String beginning(List<String> words) {
        return String.join(" ", words.subList(0, Math.min(NAMED, words.size())));
    }
}
