// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A Python program that starts in the cgroup of the caller, waits at `go()`, and prints the errno
 * of what it does then.
 */
final class Script {
    /** The beginning of every program; its arguments are in `words`. */
    private static final String BEGIN = """
            import ctypes, errno, os, select, signal, socket, struct, sys, time
            libc = ctypes.CDLL(None, use_errno=True)
            words = sys.argv[1:]
            def checked(done, what):
                if done < 0:
                    raise OSError(ctypes.get_errno(), what)
                return done
            def go():
                print(0, flush=True)
                if not sys.stdin.readline():
                    os._exit(1)
            def put(path, text):
                fd = os.open(path, os.O_WRONLY)
                try:
                    os.write(fd, text.encode())
                finally:
                    os.close(fd)
            def rewrite(path):
                with open(path) as file:
                    before = file.read()
                put(path, before)
            def capabilities(*kept):
                bits = sum(1 << bit for bit in kept)
                header = struct.pack('=Ii', 0x20080522, 0)
                data = struct.pack('=6I', bits, bits, 0, 0, 0, 0)
                checked(libc.capset(header, data), 'capset')
            def nobody():
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            def result(path):
                for _ in range(6000):
                    if os.path.exists(path):
                        with open(path) as file:
                            return int(file.read())
                    time.sleep(0.01)
                return errno.ETIMEDOUT
            def main():
            """;

    private static final String END = """
            try:
                end = main()
            except OSError as e:
                end = e.errno or -1
            print(end or 0, flush=True)
            """;

    private final Process process;
    private final BufferedReader lines;

    private Script(Process process) {
        this.process = process;
        this.lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts a program whose main function has this body, and waits until it reaches `go()`. */
    static Script start(String body, String... words) {
        List<String> command = new ArrayList<>(List.of("python3", "-c", BEGIN + body.indent(4) + END));
        command.addAll(List.of(words));
        try {
            Script script = new Script(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            script.checkAnswer();
            return script;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a driver that performs its bypass by the program. */
    static BypassDriver driver(String body, String... words) {
        return os -> {
            Script script = start(body, words);
            return then -> script.go();
        };
    }

    long pid() {
        return process.pid();
    }

    /** Lets it continue, and waits for its end. */
    void go() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            checkAnswer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            end();
        }
    }

    void end() {
        process.destroyForcibly();
    }

    private void checkAnswer() throws IOException {
        String line = lines.readLine();
        int errno = line == null ? -1 : Integer.parseInt(line);
        if (errno != 0) {
            throw new Refused(errno, "script");
        }
    }
}
