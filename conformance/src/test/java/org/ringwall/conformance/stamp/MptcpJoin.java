// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import java.nio.file.Path;
import java.util.Set;
import org.ringwall.testkit.Scripts;

/**
 * An MPTCP connection whose server advertises a second address, 10.77.2.1. The client is user 33 in
 * a cgroup; client and server each have a network namespace.
 */
public final class MptcpJoin {
    /** The first address of the server, which listens on port 4000 of both. */
    public static final String FIRST = "10.77.1.1";

    private static final String SCRIPT = """
            import ctypes, errno, os, subprocess, sys, time
            from socket import *
            def ip(words):
                subprocess.run(['ip'] + words.split(), check=True)
            ready, told = os.pipe()
            go, start = os.pipe()
            server = os.fork()
            if server == 0:
                ctypes.CDLL(None, use_errno=True).unshare(0x40000000)
                os.write(told, b'x')
                os.read(go, 1)
                for n in '12':
                    ip('addr add 10.77.%s.1/24 dev w%s' % (n, n))
                    ip('link set w%s up' % n)
                ip('mptcp limits set subflow 4 add_addr_accepted 0')
                ip('mptcp endpoint add 10.77.2.1 dev w2 signal')
                listener = socket(AF_INET, SOCK_STREAM, 262)
                listener.bind(('0.0.0.0', 4000))
                listener.listen()
                os.write(told, b'y')
                listener.settimeout(5)
                try:
                    made = listener.accept()[0]
                    made.send(b'hello')
                    while made.recv(16):
                        pass
                except OSError:
                    pass
                os._exit(0)
            os.read(ready, 1)
            for n in '12':
                ip('link add v%s type veth peer name w%s netns %d' % (n, n, server))
                ip('addr add 10.77.%s.2/24 dev v%s' % (n, n))
                ip('link set v%s up' % n)
            ip('mptcp limits set subflow 4 add_addr_accepted 4')
            os.write(start, b'x')
            os.read(ready, 1)
            def joined():
                names, numbers = [line.split() for line in open('/proc/net/netstat') if line.startswith('MPTcpExt')]
                return int(numbers[names.index('MPJoinSynAckRx')])
            open('/proc/self/comm', 'w').write('a-client')
            os.setgid(34)
            os.setuid(33)
            client = socket(AF_INET, SOCK_STREAM, 262)
            client.settimeout(3)
            try:
                client.connect((sys.argv[2], 4000))
                client.recv(5)
                client.send(b'there')
                said = 'ok'
            except OSError as e:
                said = errno.errorcode.get(e.errno, 'timeout')
            end = time.monotonic() + float(sys.argv[1])
            while joined() == 0 and time.monotonic() < end:
                time.sleep(0.02)
            print(said, joined())
            client.close()
            os.waitpid(server, 0)
            """;

    private MptcpJoin() {}

    /**
     * Returns `CONNECTED JOINED`: the result of connect, and the number of further subflows that
     * the server has confirmed.
     *
     * @param to the address to connect to
     * @param joins whether a further subflow is expected, for which the wait is longer
     */
    public static String run(Path folder, Path cgroup, String to, boolean joins) {
        return Scripts.run(folder, cgroup, Set.of(Scripts.Namespace.NETWORK), SCRIPT, joins ? "10" : "1.5", to)
                .succeeded()
                .strip();
    }
}
