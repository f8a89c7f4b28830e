// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.math.BigInteger;
import java.util.Locale;
import org.ringwall.compiler.model.request.RawAddress;

/**
 * One operation on a new socket.
 *
 * @param operation the operation after the socket is created
 * @param family the family of the socket: 2 or 10
 * @param type 1 stream, 2 dgram, 3 raw
 * @param protocol the protocol as passed to socket(2)
 * @param address the destination; its family is that of the sockaddr
 * @param port in host byte order
 */
public record SocketCall(Operation operation, int family, int type, int protocol, RawAddress address, int port) {
    /** An operation on a socket. */
    public enum Operation {
        /** None: only socket(2). */
        MAKE,
        /** connect(2). */
        CONNECT,
        /** sendto(2) of one byte with the address, on an unconnected socket. */
        SEND,
        /** bind(2). */
        BIND,
        /** sendto(2) with MSG_FASTOPEN: connect and send in one call. */
        FASTOPEN,
        /** TCP_FASTOPEN_CONNECT, then connect(2). */
        FASTOPEN_CONNECT,
        /** bind(2) to ::ffff:127.0.0.1 port 0, then connect(2). */
        CONNECT_FROM_MAPPED
    }

    String line() {
        BigInteger bits = new BigInteger(address.bits().toString());
        return String.join(
                " ",
                "socket",
                operation.name(),
                Integer.toString(family),
                Integer.toString(type),
                Integer.toString(protocol),
                address.isV4() ? "4" : "6",
                bits.toString(16).toLowerCase(Locale.ROOT),
                Integer.toString(port));
    }
}
