// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.PacketDepth;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Value;

/** Reads of packet variables from an opened packet. At ingress, the remote end is the source. */
final class PacketReads {
    private static final int V4_SOURCE = 12;
    private static final int V4_DESTINATION = 16;
    private static final int V6_SOURCE = 8;
    private static final int V6_DESTINATION = 24;
    private static final int FIN_BIT = 0;
    private static final int SYN_BIT = 1;
    private static final int RST_BIT = 2;
    private static final int ACK_BIT = 4;

    private final boolean ingress;
    private final Emission.Body body;

    PacketReads(Hook hook, Emission.Body body) {
        this.ingress = hook == Hook.SKB_INGRESS;
        this.body = body;
    }

    /**
     * Returns the depth at which this variable is known; empty if it is not part of the packet's
     * bytes.
     */
    static Optional<PacketDepth> depth(Variable variable) {
        return switch (variable) {
            case PACKET_FAMILY, PACKET_REMOTE_IP4, PACKET_LOCAL_IP4 -> Optional.of(PacketDepth.HEADER);
            case PACKET_REMOTE_IP6_HIGH, PACKET_REMOTE_IP6_LOW, PACKET_LOCAL_IP6_HIGH, PACKET_LOCAL_IP6_LOW ->
                Optional.of(PacketDepth.HEADER);
            case PACKET_PROTOCOL, PACKET_FRAGMENT -> Optional.of(PacketDepth.PROTOCOL);
            case PACKET_TRANSPORT, PACKET_REMOTE_PORT, PACKET_LOCAL_PORT, PACKET_ICMP_TYPE, PACKET_ICMP_CODE ->
                Optional.of(PacketDepth.TRANSPORT);
            case PACKET_FLAGS_CUT, PACKET_SYN, PACKET_ACK, PACKET_FIN, PACKET_RST -> Optional.of(PacketDepth.FLAGS);
            default -> Optional.empty();
        };
    }

    /** Whether the variable is read from an opened packet. */
    static boolean has(Variable variable) {
        return variable == Variable.PACKET_ROUTED || depth(variable).isPresent();
    }

    /**
     * Adds the read of a variable that has a {@link PacketDepth} or that
     * {@link Intrinsic#FIND_ROUTE} has found.
     */
    Value read(Variable variable) {
        return switch (variable) {
            case PACKET_ROUTED -> read(PacketFrame.ROUTED, Width.B, Swap.NONE);
            case PACKET_FAMILY ->
                body.add(Op.Load.packet(PacketFrame.FAMILY, Width.DW, Swap.NONE).within(Integer.SIZE));
            case PACKET_PROTOCOL -> word(PacketFrame.PROTOCOL);
            case PACKET_FRAGMENT -> word(PacketFrame.FRAGMENT);
            case PACKET_TRANSPORT -> word(PacketFrame.TRANSPORT_STATE);
            case PACKET_FLAGS_CUT -> word(PacketFrame.FLAGS_CUT);
            case PACKET_REMOTE_PORT -> port(ingress);
            case PACKET_LOCAL_PORT -> port(!ingress);
            case PACKET_ICMP_TYPE -> read(PacketFrame.TRANSPORT, Width.B, Swap.NONE);
            case PACKET_ICMP_CODE -> read(PacketFrame.TRANSPORT + 1, Width.B, Swap.NONE);
            case PACKET_SYN -> flag(SYN_BIT);
            case PACKET_ACK -> flag(ACK_BIT);
            case PACKET_FIN -> flag(FIN_BIT);
            case PACKET_RST -> flag(RST_BIT);
            case PACKET_REMOTE_IP4 -> v4(ingress);
            case PACKET_LOCAL_IP4 -> v4(!ingress);
            case PACKET_REMOTE_IP6_HIGH -> v6(ingress, 0);
            case PACKET_REMOTE_IP6_LOW -> v6(ingress, 8);
            case PACKET_LOCAL_IP6_HIGH -> v6(!ingress, 0);
            case PACKET_LOCAL_IP6_LOW -> v6(!ingress, 8);
            default -> throw new IllegalStateException(variable + " is not in a packet's bytes");
        };
    }

    private Value port(boolean source) {
        return read(PacketFrame.TRANSPORT + (source ? 0 : 2), Width.H, Swap.BE16);
    }

    private Value v4(boolean source) {
        return read(PacketFrame.HEADER + (source ? V4_SOURCE : V4_DESTINATION), Width.W, Swap.BE32);
    }

    private Value v6(boolean source, int half) {
        int address = PacketFrame.HEADER + (source ? V6_SOURCE : V6_DESTINATION);
        return read(address + half, Width.DW, Swap.BE64);
    }

    private Value flag(int bit) {
        Value flags = read(PacketFrame.FLAGS, Width.B, Swap.NONE);
        Value high = body.add(NumberOp.Alu.shl(Long.SIZE - 1 - bit), flags);
        return body.add(NumberOp.Alu.shr(Long.SIZE - 1), high);
    }

    private Value word(int at) {
        return read(at, Width.W, Swap.NONE);
    }

    private Value read(int at, Width width, Swap swap) {
        return body.add(Op.Load.packet(at, width, swap));
    }
}
