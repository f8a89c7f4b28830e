// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

/**
 * A Python program that starts in the cgroup of the caller, waits at `go()`, and prints the errno
 * of what it does then.
 */
final class Script {
    private static final String STEP = "script";

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

    private final PythonProcess process;

    private Script(PythonProcess process) {
        this.process = process;
    }

    /** Starts a program whose main function has this body, and waits until it reaches `go()`. */
    static Script start(String body, String... words) {
        PythonProcess process = PythonProcess.start(BEGIN + body.indent(4) + END, words);
        PythonProcess.check(process.ready(), STEP);
        return new Script(process);
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
            process.goOn(STEP);
        } finally {
            end();
        }
    }

    void end() {
        process.close();
    }
}
