// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.testkit.Scripts;

/**
 * Real TCP connections over loopback that end in many ways: by a close of either end or of both at
 * once, after a half-close, by a reset in each state, with data that was never read or never sent,
 * by the death of a process. They run in a network namespace of their own.
 */
final class ConnectionEndings {
    /** A port from which no SYN and no SYN-ACK may be sent. */
    static final int SILENT = 7777;

    /**
     * A connection, by the ports of both ends.
     *
     * @param family 2 or 10
     * @param sent the bytes of data from the client to the server
     * @param received those from the server to the client; empty if the kernel decides how many
     *     arrive before the end
     */
    record Ended(String how, int family, int client, int server, long sent, OptionalLong received) {
        /** Returns whether both ends are the same socket. */
        boolean self() {
            return client == server;
        }
    }

    /**
     * Each connection is a line: how it ends, family, ports, bytes of the client, of the server.
     */
    private static final String SCRIPT = """
            import ctypes, fcntl, os, random, select, signal, struct, sys
            from socket import *
            LINGER = struct.pack('ii', 1, 0)
            with socket(AF_INET, SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            # Both sides of fast open, without cookies.
            with open('/proc/sys/net/ipv4/tcp_fastopen', 'w') as f:
                f.write(str(0x207))
            random.seed(int(sys.argv[1]))
            libc = ctypes.CDLL(None, use_errno=True)
            def queued(a):
                return struct.unpack('i', fcntl.ioctl(a.fileno(), 0x5411, b'\\0' * 4))[0]
            def flying(a):
                return struct.unpack_from('I', a.getsockopt(IPPROTO_TCP, 11, 104), 24)[0]
            def acked(a):
                while queued(a): select.select([], [], [], 0.001)
            def pair(family):
                with socket(family) as l:
                    l.bind(('127.0.0.1' if family == AF_INET else '::1', 0))
                    l.listen(1)
                    c = create_connection(l.getsockname()[:2])
                    return c, l.accept()[0]
            def send(a, b, n):
                a.setblocking(False)
                left, got = n, 0
                while left or got < n:
                    try:
                        if left: left -= a.send(b'x' * min(left, random.randint(1, 65536)))
                    except BlockingIOError:
                        pass
                    if got < n and select.select([b], [], [], 0.01)[0]: got += len(b.recv(65536))
                a.setblocking(True)
                acked(a)
            def eof(a):
                assert a.recv(1) == b''
            def reset(a):
                a.setsockopt(SOL_SOCKET, SO_LINGER, LINGER)
                a.close()
            def gone(a):
                p = select.poll()
                p.register(a, 0)
                while not [1 for _, e in p.poll(10) if e & (select.POLLHUP | select.POLLERR)]: pass
                a.close()
            def fill(a):
                a.setblocking(False)
                while True:
                    try:
                        while True: a.send(b'q' * 65536)
                    except BlockingIOError:
                        # Everything that left is acknowledged, and the window is closed.
                        if not flying(a): return
            def end(how, c, s):
                if how == 'client first': c.shutdown(1); eof(s); s.close(); eof(c); c.close()
                elif how == 'client closes': c.close(); eof(s); s.close()
                elif how == 'server closes': s.close(); eof(c); c.close()
                elif how == 'both at once': s.shutdown(1); c.shutdown(1); eof(c); eof(s); s.close(); c.close()
                elif how == 'client half closed': c.shutdown(1); eof(s); send(s, c, 777); s.close(); eof(c); c.close(); return 0, 777
                elif how == 'server half closed': s.shutdown(1); eof(c); send(c, s, 778); c.close(); eof(s); s.close(); return 778, 0
                elif how == 'client resets': reset(c); gone(s)
                elif how == 'server resets': reset(s); gone(c)
                elif how == 'reset of close_wait': c.shutdown(1); eof(s); reset(s); gone(c)
                elif how == 'reset of fin_wait2': c.shutdown(1); eof(s); acked(c); reset(c); gone(s)
                elif how == 'reset of last_ack': c.shutdown(1); eof(s); s.shutdown(1); eof(c); reset(c); reset(s)
                elif how == 'orphan': c.close(); eof(s); s.close()
                elif how == 'short orphan': c.setsockopt(IPPROTO_TCP, 8, 1); c.close(); eof(s); s.close()
                elif how == 'data for an orphan': c.close(); eof(s); s.send(b'z' * 5); gone(s)
                elif how == 'unread data': s.send(b'z' * 9); acked(s); c.close(); gone(s); return 0, 9
                elif how == 'unread data and fin': s.send(b'z' * 9); s.shutdown(1); acked(s); c.close(); gone(s); return 0, 9
                elif how == 'no window in last_ack': c.shutdown(1); eof(s); fill(s); s.close(); reset(c); return 0, None
                elif how == 'no window in fin_wait1': fill(s); s.close(); reset(c); return 0, None
                elif how.startswith('killed'):
                    more = 7 if 'unread' in how else 0
                    if more: s.send(b'u' * 7); acked(s)
                    parent, child = socketpair()
                    pid = os.fork()
                    if pid == 0:
                        s.close()
                        child.send(b'.')
                        signal.pause()
                    parent.recv(1)
                    c.close()
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    if more: gone(s)
                    else: eof(s); s.close()
                    return 0, more
                else: raise Exception(how)
                return 0, 0
            def report(how, family, c, s, x, y):
                print(how, family, c, s, x, '-' if y is None else y, sep=',')
            def port(a):
                return a.getsockname()[1]
            WAYS = ['client first', 'client closes', 'server closes', 'both at once', 'client half closed',
                    'server half closed', 'client resets', 'server resets', 'reset of close_wait', 'reset of fin_wait2',
                    'reset of last_ack', 'orphan', 'short orphan', 'data for an orphan', 'unread data',
                    'unread data and fin', 'no window in last_ack', 'no window in fin_wait1', 'killed', 'killed unread']
            def amount():
                return random.choice([0, 1, random.randint(1, 3000), random.randint(1, 1000000)])
            for family in (AF_INET, AF_INET6):
                for how in WAYS:
                    c, s = pair(family)
                    cp, sp, x, y = port(c), port(s), amount(), amount()
                    send(c, s, x)
                    send(s, c, y)
                    more, back = end(how, c, s)
                    report(how, int(family), cp, sp, x + more, None if back is None else y + back)
            # A simultaneous open, of a socket with itself.
            c = socket()
            c.bind(('127.0.0.1', 0))
            c.connect(('127.0.0.1', port(c)))
            c.sendall(b'k' * 321)
            assert len(c.recv(1000)) == 321
            acked(c)
            c.shutdown(1)
            eof(c)
            report('with itself', 2, port(c), port(c), 321, 321)
            c.close()
            # A socket that is disconnected, fails to connect, and connects again.
            c, s = pair(AF_INET)
            cp, sp = port(c), port(s)
            send(c, s, 4321)
            send(s, c, 1234)
            assert libc.connect(c.fileno(), bytes(16), 16) == 0
            gone(s)
            report('disconnected', 2, cp, sp, 4321, 1234)
            try: c.connect(('127.0.0.1', 1))
            except ConnectionRefusedError: pass
            else: raise Exception('connected')
            with socket() as l:
                l.bind(('127.0.0.1', 0))
                l.listen(1)
                assert libc.connect(c.fileno(), bytes(16), 16) == 0
                c.connect(l.getsockname())
                s = l.accept()[0]
            cp, sp = port(c), port(s)
            send(c, s, 99)
            c.close()
            eof(s)
            s.close()
            report('connected again', 2, cp, sp, 99, 0)
            # A socket that had a connection, and then a simultaneous open that is reset before it is established.
            c, s = pair(AF_INET)
            report('used again', 2, port(c), port(s), 55, 66)
            send(c, s, 55)
            send(s, c, 66)
            assert libc.connect(c.fileno(), bytes(16), 16) == 0
            gone(s)
            with socket() as d:
                c.bind(('127.0.0.1', int(sys.argv[2])))
                d.bind(('127.0.0.1', 0))
                for a, b in (c, d), (d, c):
                    a.setblocking(False)
                    try: a.connect(b.getsockname())
                    except BlockingIOError: pass
                assert c.getsockopt(IPPROTO_TCP, 11, 1) == b'\3'
                reset(c)
            # Data in the SYN; the SYN-ACK of the second one is not sent, so its server resets in SYN_RECV.
            for how, at in ('fast open', 0), ('syn_recv', int(sys.argv[2])):
                l = socket()
                l.bind(('127.0.0.1', at))
                l.setsockopt(IPPROTO_TCP, 23, 5)
                l.listen(5)
                c = socket()
                c.setblocking(False)
                try: c.sendto(b'f' * 500, 0x20000000, l.getsockname())
                except BlockingIOError: pass
                s = l.accept()[0]
                got = 0
                while got < 500: got += len(s.recv(1000))
                cp, sp = port(c), port(s)
                if at:
                    c.close()
                    reset(s)
                    report(how, 2, 0, sp, 500, 0)
                else:
                    c.setblocking(True)
                    acked(c)
                    send(s, c, 77)
                    c.close()
                    eof(s)
                    s.close()
                    report(how, 2, cp, sp, 500, 77)
                l.close()
            """;

    private ConnectionEndings() {}

    /** Makes them in that cgroup, with random amounts of data, and returns them. */
    static List<Ended> run(Path folder, Path cgroup, long seed) {
        return Scripts.run(folder, cgroup, Set.of(Scripts.Namespace.NETWORK), SCRIPT, seed, SILENT)
                .succeeded()
                .lines()
                .map(line -> ended(line.split(",")))
                .toList();
    }

    private static Ended ended(String[] words) {
        return new Ended(
                words[0],
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Long.parseLong(words[4]),
                words[5].equals("-") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(words[5])));
    }
}
