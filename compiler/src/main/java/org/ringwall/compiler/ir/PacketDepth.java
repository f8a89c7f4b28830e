// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Locale;
import java.util.Optional;
import org.ringwall.compiler.diagram.Variable;

/** The part of a packet that a program must read. Each depth includes the ones before it. */
public enum PacketDepth {
    /** The version and the addresses. */
    HEADER,
    /** The extension headers, up to the transport protocol. */
    PROTOCOL,
    /** The first 4 bytes of the transport header: ports, or type and code. */
    TRANSPORT,
    /** The TCP flags. */
    FLAGS;

    /**
     * Returns the depth at which this variable is known; empty if it is not part of the packet's
     * bytes.
     */
    public static Optional<PacketDepth> of(Variable variable) {
        return switch (variable) {
            case PACKET_FAMILY, PACKET_REMOTE_IP4, PACKET_LOCAL_IP4 -> Optional.of(HEADER);
            case PACKET_REMOTE_IP6_HIGH, PACKET_REMOTE_IP6_LOW, PACKET_LOCAL_IP6_HIGH, PACKET_LOCAL_IP6_LOW ->
                Optional.of(HEADER);
            case PACKET_PROTOCOL, PACKET_FRAGMENT -> Optional.of(PROTOCOL);
            case PACKET_TRANSPORT, PACKET_REMOTE_PORT, PACKET_LOCAL_PORT, PACKET_ICMP_TYPE, PACKET_ICMP_CODE ->
                Optional.of(TRANSPORT);
            case PACKET_FLAGS_CUT, PACKET_SYN, PACKET_ACK, PACKET_FIN, PACKET_RST -> Optional.of(FLAGS);
            default -> Optional.empty();
        };
    }

    /** Returns the word of the printed form. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
