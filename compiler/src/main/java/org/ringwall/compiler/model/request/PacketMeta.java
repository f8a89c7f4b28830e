// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import org.ringwall.bpf.kernel.Hook;

/**
 * The kernel's metadata of a packet, unsigned 32 bits each.
 *
 * @param type PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3,
 *     PACKET_OUTGOING 4
 * @param ifindex the interface that the packet leaves or arrives by
 * @param ingressIfindex the interface by which it arrived at this host
 * @param segmentSize the payload of a segment if the packet will be segmented, else 0
 * @param segments the number of segments as counted by the kernel; 0 if it has not counted them
 */
public record PacketMeta(
        long mark, long priority, int type, long ifindex, long ingressIfindex, long segmentSize, long segments) {
    /** Creates the metadata of a packet that is not segmented. */
    public PacketMeta(long mark, long priority, int type, long ifindex, long ingressIfindex) {
        this(mark, priority, type, ifindex, ingressIfindex, 0, 0);
    }

    /**
     * Returns the metadata of a packet to this host on interface 1, without a mark; at egress the
     * ingress interface is 0.
     */
    public static PacketMeta plain(Hook hook) {
        return new PacketMeta(0, 0, 0, 1, hook == Hook.SKB_INGRESS ? 1 : 0);
    }

    /** Returns the metadata with another mark. */
    public PacketMeta withMark(long other) {
        return new PacketMeta(other, priority, type, ifindex, ingressIfindex, segmentSize, segments);
    }

    /** Returns the metadata with another priority. */
    public PacketMeta withPriority(long other) {
        return new PacketMeta(mark, other, type, ifindex, ingressIfindex, segmentSize, segments);
    }

    /** Returns the metadata with another type. */
    public PacketMeta withType(int other) {
        return new PacketMeta(mark, priority, other, ifindex, ingressIfindex, segmentSize, segments);
    }

    /** Returns the metadata with other interfaces. */
    public PacketMeta withInterfaces(long other, long otherIngress) {
        return new PacketMeta(mark, priority, type, other, otherIngress, segmentSize, segments);
    }

    /**
     * Returns the metadata of a packet that will be segmented, with this many bytes of payload in a
     * segment.
     */
    public PacketMeta withSegments(long size, long count) {
        return new PacketMeta(mark, priority, type, ifindex, ingressIfindex, size, count);
    }
}
