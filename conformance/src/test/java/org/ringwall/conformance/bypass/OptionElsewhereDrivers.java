// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.LinkedHashMap;
import java.util.Map;

/** Bypasses of `sockopt` by other calls, on other descriptors and in other places. */
final class OptionElsewhereDrivers {
    /** A socket that waits for a packet on the loopback device that satisfies a condition. */
    private static final String WATCH = """
            watch = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 8)
            watch.bind(('lo', 0x0800))
            watch.settimeout(60)
            def until(such):
                while not such(watch.recv(2048)):
                    pass
            """;

    /** Without IP_HDRINCL, which the socket has. */
    private static final String OWN_HEADER = WATCH + """
            here = socket.inet_aton('127.0.0.1')
            header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 5, 253, 0, here, here)
            go()
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
            raw.sendto(header + b'*', ('127.0.0.1', 0))
            until(lambda packet: packet[8] == 5 and packet[9] == 253)
            """;

    /** The peer reads ECONNRESET, and not the end of the stream. */
    private static final String DISCONNECT = """
            listener = socket.socket()
            listener.bind(('127.0.0.1', 0))
            listener.listen()
            client = socket.socket()
            client.connect(listener.getsockname())
            peer, _ = listener.accept()
            peer.settimeout(60)
            nobody()
            go()
            checked(libc.connect(client.fileno(), struct.pack('H14x', 0), 16), 'connect')
            try:
                peer.recv(1)
            except ConnectionResetError:
                return
            raise OSError(errno.EIO, 'no reset')
            """;

    /** EPIOCSPARAMS and EPIOCGPARAMS with a struct epoll_params; others have ENOTTY. */
    private static final String EPOLL = """
            import fcntl
            polling = select.epoll()
            nobody()
            go()
            wanted = (10, 8, 1, 0)
            try:
                fcntl.ioctl(polling, 0x40088a01, struct.pack('IHBB', *wanted))
            except OSError as e:
                absent = e.errno in (errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP)
                raise OSError(errno.EPROTONOSUPPORT if absent else e.errno, 'ioctl')
            if struct.unpack('IHBB', fcntl.ioctl(polling, 0x80088a02, bytes(8))) != wanted:
                raise OSError(errno.EIO, 'the parameters are not set')
            """;

    /** io_uring_setup(2), then io_uring_register(2) of a struct io_uring_napi. */
    private static final String URING_NAPI = """
            nobody()
            go()
            ring = checked(libc.syscall(425, 4, ctypes.create_string_buffer(120)), 'io_uring_setup')
            napi = ctypes.create_string_buffer(struct.pack('IBBBBIQ', 10, 1, 0, 0, 0, 0, 0), 24)
            done = libc.syscall(427, ring, 27, napi, 1)
            if done < 0 and ctypes.get_errno() == errno.EINVAL:
                raise OSError(errno.EPROTONOSUPPORT, 'io_uring_register')
            checked(done, 'io_uring_register')
            """;

    /** RTMGRP_LINK. */
    private static final String GROUPS = """
            nobody()
            go()
            netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            netlink.bind((0, 1))
            if netlink.getsockname()[1] != 1:
                raise OSError(errno.EIO, 'no group')
            """;

    /** RTM_NEWROUTE of a struct rtmsg with RTA_DST, RTA_OIF and RTA_METRICS of RTAX_HOPLIMIT. */
    private static final String ROUTE = WATCH + """
            capabilities(12)
            go()
            def attribute(kind, data):
                return struct.pack('HH', 4 + len(data), kind) + data
            there = socket.inet_aton('10.99.0.1')
            metrics = attribute(10, struct.pack('I', 5))
            body = struct.pack('BBBBBBBBI', 2, 32, 0, 0, 254, 3, 253, 1, 0)
            body += attribute(1, there) + attribute(4, struct.pack('i', 1)) + attribute(8 | 0x8000, metrics)
            netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            def ask(kind, flags):
                netlink.send(struct.pack('IHHII', 16 + len(body), kind, flags, 1, 0) + body)
                error = struct.unpack_from('i', netlink.recv(4096), 16)[0]
                if error:
                    raise OSError(-error, 'netlink')
            ask(24, 0x405)
            try:
                sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sender.sendto(b'*', ('10.99.0.1', 9))
                until(lambda packet: packet[8] == 5 and packet[16:20] == there)
            finally:
                ask(25, 5)
            """;

    /** Nothing but the option routes to the address. */
    private static final String UNICAST_IF = """
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                sender.connect(('10.98.0.1', 9))
            except OSError as e:
                if e.errno != errno.ENETUNREACH:
                    raise
            else:
                raise OSError(errno.EIO, 'there is a route')
            nobody()
            go()
            sender.setsockopt(0, 50, struct.pack('!I', 1))
            sender.connect(('10.98.0.1', 9))
            """;

    private static final String FAST_OPEN = """
            capabilities(12)
            go()
            rewrite('/proc/sys/net/ipv4/tcp_fastopen')
            """;

    private OptionElsewhereDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("raw-protocol-header", Script.driver(OWN_HEADER));
        drivers.put("disconnect-reset", Script.driver(DISCONNECT));
        drivers.put("epoll-parameters", Script.driver(EPOLL));
        drivers.put("epoll-parameters:uring", Script.driver(URING_NAPI));
        drivers.put("bound-groups", Script.driver(GROUPS));
        drivers.put("route-metric", Script.driver(ROUTE));
        drivers.put("rewritten-header", RewriteDrivers::serviceClass);
        drivers.put("twin-option:unicast-device", Script.driver(UNICAST_IF));
        drivers.put("default-sysctl:fast-open", Script.driver(FAST_OPEN));
        return drivers;
    }
}
