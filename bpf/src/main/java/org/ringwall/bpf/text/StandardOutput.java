// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Standard output of a command, whose reader can end before the command does, as `head` does. */
public final class StandardOutput {
    /**
     * The exit code of a command whose output has no reader any more: 128 and SIGPIPE, which shells
     * report for programs that this signal ends. Java ignores it, so that write(2) gives EPIPE.
     */
    public static final int NO_READER = 141;

    private static final Path FILE = Path.of("/proc/self/fd/1");

    /** Types of files in the mode that stat(2) returns. */
    private static final int TYPE = 0170000;

    private static final int FIFO = 0010000;
    private static final int SOCKET = 0140000;

    private StandardOutput() {}

    /**
     * Returns whether standard output is a pipe or a socket. A write to one fails only if it has no
     * reader; the text of an exception depends on the locale, and does not reach a caller of {@link
     * java.io.PrintStream}.
     */
    public static boolean isPipe() {
        try {
            int type = (Integer) Files.getAttribute(FILE, "unix:mode") & TYPE;
            return type == FIFO || type == SOCKET;
        } catch (IOException e) {
            return false;
        }
    }
}
