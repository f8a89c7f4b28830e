package org.ringwall.compiler.ir;

import java.util.Optional;
import org.ringwall.compiler.diagram.Variable;

/**
 * Where a packet that has been opened lies. Each place that a program reads has an offset from r10, negative, at which it is once
 * the packet has been decoded on the stack and is not what plain ones are; the IP header, the protocol and the transport header
 * are also where a register says, and only there where the packet is read where it lies or has turned out to be whole
 * ({@link Terminator.OpenPacket}). The first 40 bytes of the packet and the first of its transport header are there as they came,
 * in network order; the other words are host order. The 16 bytes above are for a string.
 */
public final class PacketFrame {
    /** The first 20 bytes of a v4 packet or 40 of a v6 packet. */
    public static final int HEADER = -56;
    /** Just above the header, and above all. */
    public static final int TOP = HEADER + 40;
    /** The first 4 or 14 bytes of the transport header; before that the first 8 of the extension header that was read last. */
    public static final int TRANSPORT = -72;
    /** TCP's flags, a byte. */
    public static final int FLAGS = TRANSPORT + 13;
    /**
     * {@link Variable#PACKET_FAMILY}, 64 bits, written from a register: of such a number the verifier knows what it is when it
     * is read again (check_stack_write_fixed_off in kernel/bpf/verifier.c), so that it does not look for the addresses of
     * a v6 header where a v4 header is.
     */
    public static final int FAMILY = -80;
    /**
     * {@link Variable#PACKET_PROTOCOL}, 32 bits, as are all that follow. None of these lies at a multiple of 8: the verifier then keeps no
     * bounds of what is stored there, so that the ways through a header, on which it would know different numbers, are one way where
     * they meet.
     */
    public static final int PROTOCOL = -84;
    /** {@link Variable#PACKET_ROUTED}, a byte, which {@link Instruction.FindRoute} leaves there before the packet is opened. */
    public static final int ROUTED = PROTOCOL - 1;
    /** {@link Variable#PACKET_FRAGMENT}. */
    public static final int FRAGMENT = -92;
    /** {@link Variable#PACKET_TRANSPORT}. */
    public static final int TRANSPORT_STATE = -100;
    /** {@link Variable#PACKET_FLAGS_CUT}. */
    public static final int FLAGS_CUT = -108;
    /** The lowest byte, a multiple of 8. */
    public static final int BOTTOM = -112;
    /**
     * Where an IP header is put that does not lie in the linear part, below {@link Stamp#ADDRESS}, before it is copied to where those go that do: 6.18
     * refuses some programs with "verifier bug: stack slot 6, total slots 0" where a store writes a place on one way and a helper on another.
     */
    public static final int FETCHED = BOTTOM - Long.BYTES - 40;

    /** What a register leads to, or holds. */
    public enum Base {
        /** The address of the IP header. */
        HEADER(PacketFrame.HEADER, TOP),
        /** The address of the transport header. */
        TRANSPORT(PacketFrame.TRANSPORT, PacketFrame.HEADER),
        /** The protocol itself. */
        PROTOCOL(PacketFrame.PROTOCOL, PacketFrame.PROTOCOL + Integer.BYTES);

        private final int from;
        private final int to;

        Base(int from, int to) {
            this.from = from;
            this.to = to;
        }

        /** The offset from r10 where it begins in a decoded packet. */
        public int from() {
            return from;
        }
    }

    /** The register by which this place is read; none for words of the frame. */
    public static Optional<Base> base(int at) {
        for (Base base : Base.values()) {
            if (at >= base.from && at < base.to) {
                return Optional.of(base);
            }
        }
        return Optional.empty();
    }

    private PacketFrame() {}
}
