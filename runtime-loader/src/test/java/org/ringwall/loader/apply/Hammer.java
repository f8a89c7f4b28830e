// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.ringwall.loader.cgroup.Cgroup;

/** A process in a cgroup that repeatedly connects a datagram socket to one loopback port. */
final class Hammer implements AutoCloseable {
    private static final String SCRIPT = """
            import select, socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tries = allowed = 0
            while not select.select([sys.stdin], [], [], 0)[0]:
                for i in range(500):
                    tries += 1
                    try:
                        s.connect(('127.0.0.1', int(sys.argv[1])))
                        allowed += 1
                    except PermissionError:
                        pass
            print(tries, allowed)
            """;

    private final Process process;

    Hammer(Cgroup cgroup, int port) {
        try {
            process = new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            "echo $$ > \"$0\" && exec python3 -c \"$1\" \"$2\"",
                            cgroup.path().resolve("cgroup.procs").toString(),
                            SCRIPT,
                            Integer.toString(port))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of attempts, and how many of them were allowed. */
    record Count(long tries, long allowed) {}

    Count stop() {
        try {
            process.getOutputStream().close();
            String[] words = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            return new Count(Long.parseLong(words[0]), Long.parseLong(words[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
