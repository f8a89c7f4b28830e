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
    /**
     * {@link Variable#PACKET_FAMILY}, 32 bits, as are all that follow. None of these lies at a multiple of 8: the verifier then keeps no
     * bounds of what is stored there (check_stack_write_fixed_off in kernel/bpf/verifier.c), so that the ways through a header, on which it
     * would know different numbers, are one way where they meet.
     */
    public static final int FAMILY = -76;
    /** {@link Variable#PACKET_PROTOCOL}. */
    public static final int PROTOCOL = -84;
    /** {@link Variable#PACKET_FRAGMENT}. */
    public static final int FRAGMENT = -92;
    /** {@link Variable#PACKET_TRANSPORT}. */
    public static final int TRANSPORT_STATE = -100;
    /** {@link Variable#PACKET_FLAGS_CUT}. */
    public static final int FLAGS_CUT = -108;
    /** The lowest byte, a multiple of 8. */
    public static final int BOTTOM = -112;
    /** Just above the highest byte. */
    public static final int TOP = HEADER + 40;

    private PacketFrame() {}
}
