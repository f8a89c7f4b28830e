package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;

/**
 * How the end that accepts a redirected connection learns where its client wanted to go: the client's side leaves it under the
 * connection's name when it is established, and the side that accepts takes it from there into its own socket.
 */
public final class Handover {
    /**
     * Connections that may be on their way at one time: between the client's side being established and the other's, which
     * follows it by one packet. What is never taken makes room for others.
     */
    public static final int CONNECTIONS = 4096;

    /**
     * One connection: addresses in network order, v4 as v4-mapped, ports in host order; `netns` is the cookie of the network namespace
     * of both sockets, and `first` the TCP sequence number of the client's SYN. Addresses, ports and the number alone identify no
     * connection: a process of another namespace can have the same ends, and chooses the number with TCP_REPAIR.
     */
    public static final StructLayout CONNECTION = StructLayout.named("ringwall_connection")
            .add("client", StructLayout.Scalar.U8, 16)
            .add("server", StructLayout.Scalar.U8, 16)
            .add("netns", StructLayout.Scalar.U64)
            .add("client_port", StructLayout.Scalar.U16)
            .add("server_port", StructLayout.Scalar.U16)
            .add("first", StructLayout.Scalar.U32)
            .build();

    /** Where the client wanted to go, alike. */
    public static final StructLayout ORIGINAL = StructLayout.named("ringwall_original")
            .add("address", StructLayout.Scalar.U8, 16)
            .add("port", StructLayout.Scalar.U32)
            .add("pad", StructLayout.Scalar.U32)
            .build();

    /** What clients leave. */
    public static final MapDeclaration LEFT =
            MapDeclaration.keyed(StateNames.HANDOVER, MapType.LRU_HASH, CONNECTIONS, 0, CONNECTION, ORIGINAL);

    /** What accepted sockets have; it goes with the socket, and what such a socket accepts has nothing of it. */
    public static final MapDeclaration TAKEN =
            MapDeclaration.ofSockets(StateNames.ARRIVED, MapFlag.NO_PREALLOC.bit(), ORIGINAL);

    private Handover() {}
}
