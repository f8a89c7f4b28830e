// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.ringwall.host.words.UsageException;

/** Standard input, output and error, as a command under `run` inherits them. */
public final class StandardFiles {
    /** The names of the descriptors 0, 1 and 2. */
    static final List<String> NAMES = List.of("standard input", "standard output", "standard error");

    private StandardFiles() {}

    /**
     * Refuses a descriptor that is neither a file nor a pipe: the policy does not judge a socket
     * that was created before, and a pidfd or an io_uring gives access to further sockets.
     *
     * @throws UsageException if there is one
     */
    public static void refuseSockets() {
        for (int fd = 0; fd < NAMES.size(); fd++) {
            String what = target(fd);
            if (!what.startsWith("/") && !what.startsWith("pipe:")) {
                boolean socket = what.startsWith("socket:");
                throw new UsageException(
                        NAMES.get(fd) + " is " + (socket ? "a socket" : "`" + what + "`")
                                + ", which the policy would not restrict",
                        (fd == 0 ? "use `</dev/null`" : "use a file or `| cat`")
                                + ", or --inherit-sockets if the command may use it");
            }
        }
    }

    /** Returns whether one of them is a pipe or a socket. */
    static boolean anyPipe() {
        return IntStream.range(0, NAMES.size())
                .mapToObj(StandardFiles::target)
                .anyMatch(what -> what.startsWith("pipe:") || what.startsWith("socket:"));
    }

    /** Returns the target of the descriptor's link; the null device if it is closed. */
    private static String target(int fd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
        } catch (IOException e) {
            return "/dev/null";
        }
    }
}
