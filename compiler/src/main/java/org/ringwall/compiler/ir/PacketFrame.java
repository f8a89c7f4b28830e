// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Optional;

/**
 * The layout of an opened packet. Each field has a negative offset from r10. A packet that is not
 * plain is decoded to these offsets on the stack. The IP header, the protocol and the transport
 * header are also reached through registers; for a packet that is read in place or has turned out
 * to be ordinary, only through registers ({@link Terminator.OpenPacket}). The first 40 bytes of the
 * packet and the first bytes of its transport header are in network order, all other words in host
 * order. The 16 bytes above are for a string.
 */
public final class PacketFrame {
    /** The first 20 bytes of an IPv4 packet or 40 of an IPv6 packet. */
    public static final int HEADER = -56;
    /** The end of the header and of the whole area. */
    public static final int TOP = HEADER + 40;
    /**
     * The first 4 or 14 bytes of the transport header; while extension headers are walked, the
     * first 8 bytes of the last one.
     */
    public static final int TRANSPORT = -72;
    /** The byte with the TCP flags. */
    public static final int FLAGS = TRANSPORT + 13;
    /**
     * The address family of the packet, 64 bits, stored from a register. The verifier tracks such a
     * spill (check_stack_write_fixed_off in kernel/bpf/verifier.c), so it does not follow paths
     * that read IPv6 addresses from an IPv4 header.
     */
    public static final int FAMILY = -80;
    /**
     * The protocol after the last header, 32 bits, as are the fields below. None of them is at a
     * multiple of 8: the verifier then tracks no bounds of the stored number, and paths through the
     * headers that differ only in it are pruned where they join.
     */
    public static final int PROTOCOL = -84;
    /**
     * Whether the packet has a source route, a byte, which {@link Intrinsic#FIND_ROUTE} stores
     * before the packet is opened.
     */
    public static final int ROUTED = PROTOCOL - 1;
    /** 0 if the packet is whole, 1 if it is a fragment, 2 if the headers cannot be read. */
    public static final int FRAGMENT = -92;
    /** The state of the protocol's own fields: 0 present, 1 absent, 2 cut off. */
    public static final int TRANSPORT_STATE = -100;
    /** 1 if TCP's flags are cut off although its ports are present. */
    public static final int FLAGS_CUT = -108;
    /** The lowest byte, a multiple of 8. */
    public static final int BOTTOM = -112;
    /**
     * The buffer for an IP header outside the linear part, below {@link Stamp#ADDRESS}; it is
     * copied from here to its place. Linux 6.18 rejects some programs with "verifier bug: stack
     * slot 6, total slots 0" if a slot is written by a store on one path and by a helper on
     * another.
     */
    public static final int FETCHED = BOTTOM - Long.BYTES - 40;

    /** The pointer or value in a register. */
    public enum Base {
        /** The address of the IP header. */
        HEADER(PacketFrame.HEADER, TOP),
        /** The address of the transport header. */
        TRANSPORT(PacketFrame.TRANSPORT, PacketFrame.HEADER),
        /** The protocol number itself. */
        PROTOCOL(PacketFrame.PROTOCOL, PacketFrame.PROTOCOL + Integer.BYTES);

        private final int from;
        private final int to;

        Base(int from, int to) {
            this.from = from;
            this.to = to;
        }

        /** Returns the offset from r10 of the same part in a decoded packet. */
        public int from() {
            return from;
        }
    }

    /**
     * Returns the register through which this offset is read; empty for words that are only in the
     * frame.
     */
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
