// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.STREAM;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bypasses of blocks at hooks that belong to no intent: of Unix sockets, and of the ports that a
 * socket has taken. The policies deny the socket /mnt/denied and allow /mnt/allowed.
 */
final class UnixDrivers {
    private static final String DENIED = BypassServer.SCRATCH.resolve("denied").toString();

    /** Makes the service of both types at the denied path. */
    private static final String SERVE = """
            os.chdir('/mnt')
            def serve(path, kind):
                if os.path.lexists(path):
                    os.unlink(path)
                service = socket.socket(socket.AF_UNIX, kind)
                service.bind(path)
                os.chmod(path, 0o777)
                if kind == socket.SOCK_STREAM:
                    service.listen()
                service.setblocking(False)
                return service
            stream = serve('/mnt/denied', socket.SOCK_STREAM)
            datagrams = serve('/mnt/denied.datagrams', socket.SOCK_DGRAM)
            """;

    /** Reaches both services by these names, and fails unless both are reached. */
    private static final String REACH = """
            def reach(one, other):
                socket.socket(socket.AF_UNIX).connect(one)
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'*', other)
                stream.accept()
                datagrams.recv(1)
            """;

    private static final String OTHER_CALL = """
            datagrams = serve('/mnt/denied', socket.SOCK_DGRAM)
            go()
            sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                sender.sendto(b'*', '/mnt/denied')
            except PermissionError:
                sender.connect('/mnt/denied')
                sender.send(b'*')
            datagrams.recv(1)
            """;

    private static final String MOUNT = """
            for allowed in '/mnt/allowed', '/mnt/allowed.datagrams':
                if not os.path.exists(allowed):
                    open(allowed, 'w').close()
            go()
            nobody()
            checked(libc.unshare(0x10020000), 'unshare') # CLONE_NEWUSER and CLONE_NEWNS
            for kind in '', '.datagrams':
                checked(libc.mount(('/mnt/denied' + kind).encode(), ('/mnt/allowed' + kind).encode(), None, 4096, None),
                        'mount') # MS_BIND
            """;

    private static final String EARLIER = """
            before = socket.socket(socket.AF_UNIX)
            before.connect('/mnt/denied')
            other = stream.accept()[0]
            go()
            before.send(b'*')
            other.recv(1)
            """;

    /** A process of another cgroup connects to a service of this one. */
    private static final String ACCEPTED = """
            reading, writing = os.pipe()
            if not os.fork():
                put(words[0] + '/cgroup.procs', str(os.getpid()))
                os.read(reading, 1)
                peer = socket.socket(socket.AF_UNIX)
                peer.connect('/mnt/denied')
                peer.send(peer.recv(1))
                os._exit(0)
            go()
            os.write(writing, b'*')
            stream.setblocking(True)
            connection = stream.accept()[0]
            connection.send(b'*')
            connection.recv(1)
            """;

    private static final String OTHER_FAMILY = """
            go()
            try:
                socket.socket().bind(('127.0.0.1', 4660))
            except PermissionError:
                both = socket.socket(socket.AF_INET6)
                both.setsockopt(41, 26, 0) # IPV6_V6ONLY
                both.bind(('::ffff:127.0.0.1', 4660))
            """;

    private static final String AUTOMATIC = """
            families = (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')
            receivers = []
            for family, address in families:
                receivers.append(socket.socket(family, socket.SOCK_DGRAM))
                receivers[-1].bind((address, 0))
            go()
            for (family, address), receiver in zip(families, receivers):
                sender = socket.socket(family, socket.SOCK_DGRAM)
                sender.connect(receiver.getsockname())
                sender.send(b'*')
                receiver.recv(1)
            """;

    private UnixDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("other-unix-call", Script.driver(SERVE + OTHER_CALL));
        drivers.put("other-path", path("denied"));
        drivers.put("other-path:slashes", path("//mnt//denied"));
        drivers.put("other-path:cwd", path("/proc/self/cwd/denied"));
        drivers.put("other-path:root", path("/proc/self/root/mnt/denied"));
        drivers.put("other-path:dots", path("/mnt/../mnt/./denied"));
        drivers.put("mounted-path", mounted());
        drivers.put("earlier-unix", Script.driver(SERVE + EARLIER));
        drivers.put("accepted-unix", os -> {
            Script script = Script.start(SERVE + ACCEPTED, os.outside());
            return then -> script.go();
        });
        drivers.put("uring-unix", UnixDrivers::uringConnect);
        drivers.put("uring-unix-datagram", UnixDrivers::uringSend);
        drivers.put("other-family-bind", Script.driver(OTHER_FAMILY));
        drivers.put("automatic-bind", Script.driver(AUTOMATIC));
        return drivers;
    }

    private static BypassDriver path(String name) {
        return Script.driver(SERVE + REACH + "go()\nreach(words[0], words[0] + '.datagrams')\n", name);
    }

    /** The datagrams go to a path that only the mount has. */
    private static BypassDriver mounted() {
        return Script.driver(SERVE + REACH + MOUNT + "reach('/mnt/allowed', '/mnt/allowed.datagrams')\n");
    }

    private static BypassDriver.Act uringConnect(Os os) {
        long service = service(os, STREAM);
        os.listen(service);
        return then -> {
            new Uring(then).connect(then.socket(Sockaddr.UNIX, STREAM, 0), address());
            then.accept(service);
        };
    }

    private static BypassDriver.Act uringSend(Os os) {
        long service = service(os, DGRAM);
        return then -> {
            new Uring(then).send(then.socket(Sockaddr.UNIX, DGRAM, 0), address());
            then.receive(service);
        };
    }

    private static long service(Os os, int type) {
        os.unlink(DENIED);
        long fd = os.socket(Sockaddr.UNIX, type, 0);
        os.bind(fd, address());
        return fd;
    }

    /** Returns the sockaddr_un of the denied path. */
    private static byte[] address() {
        byte[] path = DENIED.getBytes(StandardCharsets.US_ASCII);
        byte[] address = new byte[2 + path.length + 1];
        System.arraycopy(Sockaddr.unix(""), 0, address, 0, 2);
        System.arraycopy(path, 0, address, 2, path.length);
        return address;
    }
}
