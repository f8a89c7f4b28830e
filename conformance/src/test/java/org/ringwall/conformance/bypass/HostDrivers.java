// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;
import static org.ringwall.conformance.bypass.Os.TCP;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.sys.Call;

/**
 * Bypasses of several blocks, and the control case without a bypass, which every policy of the
 * tests denies.
 */
final class HostDrivers {
    /** The id of the control case: what the policies deny, done without any bypass. */
    static final String STRAIGHT = "straight";

    /**
     * The bypass that leaves a kernel before 5.15 in a state which only another boot ends. It is
     * proved in a guest of its own.
     */
    static final String UNMATCHED = "unmatched-socket";

    private static final String UNMATCH = """
            import ctypes, os, tempfile
            libc = ctypes.CDLL(None)
            where = tempfile.mkdtemp()
            assert libc.mount(b'none', where.encode(), b'cgroup', 0, b'net_prio') == 0
            child = os.path.join(where, 'child')
            os.mkdir(child)
            for folder in child, where:
                with open(os.path.join(folder, 'cgroup.procs'), 'w') as procs:
                    procs.write('0')
            os.rmdir(child)
            assert libc.umount(where.encode()) == 0
            os.rmdir(where)
            """;

    private static final byte[] BYTE = {42};

    /** Ends when no process can write to its input any more. */
    private static final String OWNER = """
            import socket, sys
            stream = socket.socket()
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            zero = open('/dev/zero', 'rb', 0)
            print(stream.fileno(), datagrams.fileno(), zero.fileno(), flush=True)
            sys.stdin.read()
            """;

    private HostDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put(STRAIGHT, HostDrivers::everything);
        drivers.put("foreign-program", HostDrivers::everything);
        drivers.put(UNMATCHED, os -> {
            Script.start(UNMATCH).go();
            return everything(os);
        });
        drivers.put("leave-cgroup", BypassDriver.at(os -> {
            os.leave();
            try {
                everything(os).take(os);
            } finally {
                os.enter();
            }
        }));
        drivers.put("outside-socket", os -> {
            os.leave();
            Sockets use = sockets(os);
            long stream = os.socket(INET, STREAM, TCP);
            long datagrams = os.socket(INET, DGRAM, UDP);
            os.enter();
            return then -> use.use(then, stream, datagrams);
        });
        drivers.put("passed-socket", os -> {
            Messages messages = new Messages(os);
            long[] pair = messages.pair();
            os.leave();
            Sockets use = sockets(os);
            messages.pass(pair[0], os.socket(INET, STREAM, TCP));
            messages.pass(pair[0], os.socket(INET, DGRAM, UDP));
            os.enter();
            return then -> use.use(then, messages.take(pair[1]), messages.take(pair[1]));
        });
        drivers.put("taken-descriptor", HostDrivers::takeDescriptors);
        drivers.put("later-redirect", os -> {
            long listener = os.socket(INET, STREAM, TCP);
            os.bind(listener, Sockaddr.v4(LOOPBACK, 0));
            os.listen(listener);
            int port = os.port(listener);
            return then -> {
                long fd = then.socket(INET, STREAM, TCP);
                then.impatient(fd);
                then.connect(fd, Sockaddr.v4(ALLOWED, port));
                then.accept(listener);
            };
        });
        return drivers;
    }

    /**
     * A socket option, a bind to port 4660, and a datagram and a connection to 127.0.0.1, by new
     * sockets unless others are given.
     */
    private record Sockets(long listener, int port, long receiver, int datagramPort) implements BypassDriver.Act {
        @Override
        public void take(Os os) {
            use(os, os.socket(INET, STREAM, TCP), os.socket(INET, DGRAM, UDP));
        }

        void use(Os os, long stream, long datagrams) {
            os.option(datagrams, OptionDrivers.SOL_SOCKET, OptionDrivers.SO_PRIORITY, 1);
            os.bind(datagrams, Sockaddr.v4(LOOPBACK, BindDrivers.PORT));
            os.sendTo(datagrams, BYTE, 0, Sockaddr.v4(LOOPBACK, datagramPort));
            os.receive(receiver);
            os.connect(stream, Sockaddr.v4(LOOPBACK, port));
            os.accept(listener);
        }
    }

    private static Sockets sockets(Os os) {
        long listener = EgressDrivers.listener(os, TCP);
        long receiver = EgressDrivers.receiver(os);
        return new Sockets(listener, os.port(listener), receiver, os.port(receiver));
    }

    /** Takes copies of two sockets and a device from a process in another cgroup. */
    private static BypassDriver.Act takeDescriptors(Os os) {
        os.leave();
        Sockets use = sockets(os);
        Process owner = startOwner();
        os.enter();
        long pid = os.opened(os.call(Call.PIDFD_OPEN, owner.pid(), 0));
        String[] numbers = firstLine(owner).split(" ", -1);
        return then -> {
            try {
                long[] taken = new long[numbers.length];
                for (int i = 0; i < taken.length; i++) {
                    taken[i] = then.opened(then.call(Call.PIDFD_GETFD, pid, Long.parseLong(numbers[i]), 0));
                }
                use.use(then, taken[0], taken[1]);
                then.read(taken[2]);
            } finally {
                owner.destroyForcibly();
            }
        };
    }

    private static Process startOwner() {
        try {
            return new ProcessBuilder("python3", "-c", OWNER).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String firstLine(Process process) {
        InputStreamReader text = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
        return new BufferedReader(text).lines().findFirst().orElseThrow();
    }

    /** Returns everything that a policy of the tests denies, as one act. */
    static BypassDriver.Act everything(Os os) {
        BypassDriver.Act sockets = sockets(os);
        return then -> {
            sockets.take(then);
            then.read(then.open("/dev/zero", 0));
            then.read(then.open(SysctlDrivers.HOSTNAME, 0));
        };
    }
}
