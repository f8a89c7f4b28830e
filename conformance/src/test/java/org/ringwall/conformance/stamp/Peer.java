// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import java.nio.file.Path;
import org.ringwall.conformance.kernel.WorkerProcess;

/**
 * A Python process in a cgroup, with a user and a name of its own, that evaluates each line that it
 * reads; `s()` creates a socket with a short timeout.
 */
final class Peer implements AutoCloseable {
    private static final String SCRIPT = """
            import array, errno, os, sys
            from socket import *
            open('/proc/self/comm', 'w').write(sys.argv[2])
            os.setgid(int(sys.argv[1]) + 1)
            os.setuid(int(sys.argv[1]))
            def s(type=SOCK_STREAM, protocol=0):
                made = socket(AF_INET, type, protocol)
                made.settimeout(2)
                return made
            def udp():
                made = s(SOCK_DGRAM)
                made.bind(('127.0.0.1', 0))
                return made
            def listener(protocol=0):
                made = s(protocol=protocol)
                made.bind(('127.0.0.1', 0))
                made.listen()
                return made
            def port(of):
                return of.getsockname()[1]
            def connected(to, protocol=0):
                made = s(protocol=protocol)
                made.connect(('127.0.0.1', to))
                return made
            def accepted(by):
                made = by.accept()[0]
                made.settimeout(2)
                return made
            def post(of, to):
                of.sendto(b'x', ('127.0.0.1', to))
                return 'ok'
            def hand(of, name):
                with socket(AF_UNIX, SOCK_DGRAM) as by:
                    by.sendmsg([b'x'], [(SOL_SOCKET, SCM_RIGHTS, array.array('i', [of.fileno()]))], 0, '\\0' + name)
            def mailbox(name):
                made = socket(AF_UNIX, SOCK_DGRAM)
                made.bind('\\0' + name)
                return made
            def taken(by):
                fds = array.array('i')
                message, passed, flags, address = by.recvmsg(1, CMSG_LEN(fds.itemsize))
                fds.frombytes(passed[0][2])
                made = socket(fileno=fds[0])
                made.settimeout(2)
                return made
            print('ready', flush=True)
            for line in sys.stdin:
                try:
                    if line.startswith('!'):
                        exec(line[1:])
                        print('ok', flush=True)
                    else:
                        print(eval(line), flush=True)
                except TimeoutError:
                    print('timeout', flush=True)
                except OSError as e:
                    print(errno.errorcode[e.errno], flush=True)
            """;

    private final WorkerProcess worker;

    private Peer(WorkerProcess worker) {
        this.worker = worker;
        if (!worker.answer().equals("ready")) {
            throw new IllegalStateException("it did not start");
        }
    }

    /** Starts a process with this user, and the next number as its group. */
    static Peer in(Path cgroup, int uid, String comm) {
        ProcessBuilder python = new ProcessBuilder(
                "sh",
                "-c",
                "echo $$ > \"$0/cgroup.procs\" && exec python3 -u -c \"$1\" \"$2\" \"$3\"",
                cgroup.toString(),
                SCRIPT,
                Integer.toString(uid),
                comm);
        return new Peer(WorkerProcess.start("talker", python));
    }

    long pid() {
        return worker.pid();
    }

    /** Returns the value of an expression, or the name of an errno, or `timeout`. */
    String say(String expression) {
        return worker.ask(expression);
    }

    /** Runs a statement, which must succeed. */
    void run(String statement) {
        String result = attempt(statement);
        if (!result.equals("ok")) {
            throw new IllegalStateException("`" + statement + "` came to " + result);
        }
    }

    /** Runs a statement; returns `ok`, the name of an errno, or `timeout`. */
    String attempt(String statement) {
        return say("!" + statement);
    }

    @Override
    public void close() {
        worker.close();
    }
}
