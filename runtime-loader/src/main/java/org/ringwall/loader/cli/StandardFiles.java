package org.ringwall.loader.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What standard input, output and errors are, as a command under `run` inherits them. */
final class StandardFiles {
    private static final List<String> NAMES = List.of("standard input", "standard output", "standard error");

    private StandardFiles() {}

    /**
     * Refuses a descriptor that is neither a file nor a pipe: a socket that was made before the policy is not judged by it, and a pidfd
     * or an io_uring reaches further sockets.
     */
    static void refuseSockets() {
        for (int fd = 0; fd < NAMES.size(); fd++) {
            String what = target(fd);
            if (!what.startsWith("/") && !what.startsWith("pipe:")) {
                boolean socket = what.startsWith("socket:");
                throw new UsageException(
                        NAMES.get(fd) + " is " + (socket ? "a socket" : "`" + what + "`")
                                + ", which the policy would not judge",
                        (fd == 0 ? "use `</dev/null`" : "use a file or `| cat`")
                                + ", or --inherit-sockets where the command may have it");
            }
        }
    }

    /** What the link of the descriptor says; one that is closed counts as the null device. */
    private static String target(int fd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
        } catch (IOException e) {
            return "/dev/null";
        }
    }
}
