package org.ringwall.compiler.ir;

import org.ringwall.compiler.diagram.Variable;

/**
 * Where a decoded packet lies on the program's stack: offsets from r10, all negative. The first 40 bytes of the packet
 * and the first of its transport header are there as they came, in network order; the other words are host order. The 16
 * bytes above are for a string.
 */
public final class PacketFrame {
    /** The first 20 bytes of a v4 packet or 40 of a v6 packet. */
    public static final int HEADER = -56;
    /** The first 8 bytes of the extension header that was read last. */
    public static final int EXTENSION = -64;
    /** The first 4 bytes of the transport header. */
    public static final int TRANSPORT = -72;
    /** TCP's flags, a byte. */
    public static final int FLAGS = -68;
    /** {@link Variable#PACKET_FAMILY}, 32 bits, as are all that follow. */
    public static final int FAMILY = -76;
    /** {@link Variable#PACKET_PROTOCOL}. */
    public static final int PROTOCOL = -80;
    /** {@link Variable#PACKET_FRAGMENT}. */
    public static final int FRAGMENT = -84;
    /** {@link Variable#PACKET_TRANSPORT}. */
    public static final int TRANSPORT_STATE = -88;
    /** {@link Variable#PACKET_FLAGS_CUT}. */
    public static final int FLAGS_CUT = -92;
    /** The lowest byte, a multiple of 8. */
    public static final int BOTTOM = -96;
    /** Just above the highest byte. */
    public static final int TOP = HEADER + 40;

    private PacketFrame() {}
}
