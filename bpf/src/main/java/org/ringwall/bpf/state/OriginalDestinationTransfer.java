// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;

/**
 * The transfer of a redirected connection's original destination to the accepting end. When the
 * connection is established, the client's side stores it under the connection's identity. The
 * accepting side moves it from there into storage of its own socket.
 */
public final class OriginalDestinationTransfer {
    /**
     * The maximum number of connections in transit, between the establishment of the client's side
     * and that of the other side one packet later. Entries that are never fetched are evicted.
     */
    public static final int CONNECTIONS = 4096;

    /**
     * The identity of a connection: addresses in network byte order, IPv4 as IPv4-mapped, ports in
     * host byte order; `netns` is the cookie of the network namespace of both sockets, and `first`
     * the TCP sequence number of the client's SYN. Addresses, ports and the number alone do not
     * identify a connection: a process of another namespace can have the same ends, and chooses the
     * number with TCP_REPAIR.
     */
    public static final StructLayout CONNECTION = StructLayout.named("ringwall_connection")
            .add("client", StructLayout.Scalar.U8, 16)
            .add("server", StructLayout.Scalar.U8, 16)
            .add("netns", StructLayout.Scalar.U64)
            .add("client_port", StructLayout.Scalar.U16)
            .add("server_port", StructLayout.Scalar.U16)
            .add("first", StructLayout.Scalar.U32)
            .build();

    /** The original destination, encoded like the addresses and ports above. */
    public static final StructLayout ORIGINAL = StructLayout.named("ringwall_original")
            .add("address", StructLayout.Scalar.U8, 16)
            .add("port", StructLayout.Scalar.U32)
            .add("pad", StructLayout.Scalar.U32)
            .build();

    /** The entries that clients store. */
    public static final MapDeclaration LEFT =
            MapDeclaration.keyed(StateNames.HANDOVER, MapType.LRU_HASH, CONNECTIONS, 0, CONNECTION, ORIGINAL);

    /**
     * The storage of accepted sockets. It is removed with the socket, and not copied to sockets
     * that this one accepts.
     */
    public static final MapDeclaration TAKEN =
            MapDeclaration.ofSockets(StateNames.ARRIVED, MapFlag.NO_PREALLOC.bit(), ORIGINAL);

    private OriginalDestinationTransfer() {}
}
