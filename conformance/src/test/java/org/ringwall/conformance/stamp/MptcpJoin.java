// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import java.nio.file.Path;
import java.util.Set;
import org.ringwall.testkit.Scripts;

/**
 * An MPTCP connection whose server has a second address, 10.77.2.1, to which a further subflow is
 * connected. The client is user 33 in a cgroup; client and server each have a network namespace.
 */
public final class MptcpJoin {
    /** The first address of the server, which listens on port 4000 of both. */
    public static final String FIRST = "10.77.1.1";

    private static final String SCRIPT = """
            import ctypes, errno, os, struct, subprocess, sys, time
            from socket import *
            wait, to, manager = float(sys.argv[1]), sys.argv[2], (sys.argv[3:] or [None])[0]
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
                if not manager:
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
            def attribute(kind, value):
                return struct.pack('HH', 4 + len(value), kind) + value + bytes(-len(value) % 4)
            def request(link, family, command, *attributes):
                body = struct.pack('BBH', command, 1, 0) + b''.join(attributes)
                link.send(struct.pack('IHHII', 16 + len(body), family, 5, 1, 0) + body)
                answer = link.recv(65536)
                error = struct.unpack_from('H', answer, 4)[0] == 2
                return struct.unpack_from('i', answer, 16)[0] if error else answer
            def subflow(token):
                link = socket(AF_NETLINK, SOCK_RAW, 16)
                families = request(link, 16, 3, attribute(2, b'mptcp_pm\\0'))
                at = 20
                while struct.unpack_from('H', families, at + 2)[0] != 1:
                    at += (struct.unpack_from('H', families, at)[0] + 3) & ~3
                family = struct.unpack_from('H', families, at + 4)[0]
                link.close()
                link = socket(AF_NETLINK, SOCK_RAW, 16)
                ipv4 = attribute(1, struct.pack('H', AF_INET))
                here = ipv4 + attribute(2, b'\\1') + attribute(3, inet_aton('10.77.2.2'))
                there = ipv4 + attribute(3, inet_aton('10.77.2.1')) + attribute(5, struct.pack('H', 4000))
                link.settimeout(3)
                code = request(link, family, 10, attribute(4, struct.pack('I', token)),
                               attribute(0x8001, here), attribute(0x8006, there))
                return errno.errorcode[-code] if code else 'created'
            tokens, tell = os.pipe()
            answers, answer = os.pipe()
            if manager:
                open('/proc/sys/net/mptcp/pm_type', 'w').write('1')
                if os.fork() == 0:
                    os.close(tell)
                    open(manager + '/cgroup.procs', 'w').write('0')
                    open('/proc/self/comm', 'w').write('a-manager')
                    token = os.read(tokens, 4)
                    try:
                        result = subflow(struct.unpack('I', token)[0])
                    except Exception as e:
                        result = repr(e)
                    os.write(answer, result.encode())
                    os._exit(0)
            def joined():
                names, numbers = [line.split() for line in open('/proc/net/netstat') if line.startswith('MPTcpExt')]
                return int(numbers[names.index('MPJoinSynAckRx')])
            open('/proc/self/comm', 'w').write('a-client')
            os.setgid(34)
            os.setuid(33)
            client = socket(AF_INET, SOCK_STREAM, 262)
            client.settimeout(3)
            try:
                client.connect((to, 4000))
                client.recv(5)
                client.send(b'there')
                said = 'ok'
                if manager:
                    client.send(b'more')
                    info = client.getsockopt(284, 1, 48)
                    os.write(tell, info[12:16])
                    said = os.read(answers, 64).decode()
            except OSError as e:
                said = errno.errorcode.get(e.errno, 'timeout')
            end = time.monotonic() + wait
            while joined() == 0 and time.monotonic() < end:
                time.sleep(0.02)
            print(said, joined())
            client.close()
            os.waitpid(server, 0)
            """;

    private MptcpJoin() {}

    /**
     * Returns `CONNECTED JOINED`: the result of connect, and the number of further subflows that
     * the server has confirmed. The server advertises its second address, and a kernel worker of
     * the client connects to it.
     *
     * @param to the address to connect to
     * @param joins whether a further subflow is expected, for which the wait is longer
     */
    public static String run(Path folder, Path cgroup, String to, boolean joins) {
        return run(folder, cgroup, seconds(joins), to);
    }

    /**
     * Does the same with a path manager in user space in place of the kernel's: `a-manager`, a
     * process of root in the cgroup `manager`, requests the subflow. The first word is `created` or
     * the error that it gets.
     */
    static String managed(Path folder, Path cgroup, Path manager, boolean joins) {
        return run(folder, cgroup, seconds(joins), FIRST, manager);
    }

    /**
     * Returns the results of three connects of one MPTCP socket, each but the first after
     * connect(AF_UNSPEC); before the second the task calls itself `second`, after it `third`.
     */
    static String again(Path folder, Path cgroup) {
        String script = """
                import errno, ctypes, os
                from socket import *
                listener = socket(AF_INET, SOCK_STREAM, 262)
                listener.bind(('127.0.0.1', 0))
                listener.listen()
                client = socket(AF_INET, SOCK_STREAM, 262)
                unspec = bytes(16)
                said = []
                for name in 'first', 'second', 'third':
                    open('/proc/self/comm', 'w').write(name)
                    if said:
                        ctypes.CDLL(None).connect(client.fileno(), unspec, 16)
                    try:
                        client.connect(listener.getsockname())
                        said.append('ok')
                        listener.accept()[0].close()
                    except OSError as e:
                        said.append(errno.errorcode[e.errno])
                print(*said)
                """;
        return Scripts.run(folder, cgroup, Set.of(), script).succeeded().strip();
    }

    private static String run(Path folder, Path cgroup, Object... words) {
        return Scripts.run(folder, cgroup, Set.of(Scripts.Namespace.NETWORK), SCRIPT, words)
                .succeeded()
                .strip();
    }

    private static String seconds(boolean joins) {
        return joins ? "10" : "1.5";
    }
}
