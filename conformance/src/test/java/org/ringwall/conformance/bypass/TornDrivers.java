// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The bypass by a socket that one process connects anew while another sends on it. A datagram that
 * arrives at the address of one destination and the port of the other is the proof.
 */
final class TornDrivers {
    /**
     * Connects by turns to two destinations in a child, and sends in this process, until a datagram
     * arrives at the address of one and the port of the other. The words are the two addresses; the
     * ports are 4661 and 4662.
     */
    private static final String RACE = """
            import fcntl
            one, other = words
            family = socket.AF_INET6 if ':' in one else socket.AF_INET
            if family == socket.AF_INET6:
                control = socket.socket(family, socket.SOCK_DGRAM)
                for address in words: # SIOCSIFADDR with a struct in6_ifreq of the loopback device
                    request = socket.inet_pton(family, address) + struct.pack('=Ii', 128, 1)
                    try:
                        fcntl.ioctl(control, 0x8916, request)
                    except FileExistsError:
                        pass
            torn = []
            for place in (one, 4662), (other, 4661):
                receiver = socket.socket(family, socket.SOCK_DGRAM)
                receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                for _ in range(500): # an address that was added is tentative for a moment
                    try:
                        receiver.bind(place)
                        break
                    except OSError as e:
                        if e.errno != errno.EADDRNOTAVAIL:
                            raise
                        time.sleep(0.01)
                receiver.setblocking(False)
                torn.append(receiver)
            go()
            sender = socket.socket(family, socket.SOCK_DGRAM)
            sender.connect((one, 4661))
            parent = os.getpid()
            child = os.fork()
            if not child:
                try:
                    while os.getppid() == parent:
                        for _ in range(1000):
                            sender.connect((one, 4661))
                            sender.connect((other, 4662))
                finally:
                    os._exit(0)
            try:
                for _ in range(300):
                    for _ in range(1000):
                        try:
                            sender.send(b'*')
                        except OSError:
                            pass # nothing listens at the two destinations, or the policy refuses the packet
                    for receiver in torn:
                        try:
                            receiver.recv(1)
                            return 0
                        except BlockingIOError:
                            pass
                return errno.EAGAIN
            finally:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            """;

    private TornDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("torn-destination", Script.driver(RACE, "127.0.0.9", "127.0.0.8"));
        drivers.put("torn-destination:v6", Script.driver(RACE, "2001:db8:1::1", "2001:db8:2::2"));
        return drivers;
    }
}
