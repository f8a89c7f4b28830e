package org.ringwall.compiler.request;

import org.ringwall.bpf.kernel.Hook;

/**
 * What the kernel says about a packet besides its bytes, unsigned 32 bits each.
 *
 * @param type PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3, PACKET_OUTGOING 4
 * @param ifindex of the interface that it goes to or came from
 * @param ingressIfindex of the interface at which it came to this host
 * @param segmentSize payload of a segment, if it will be cut into segments, else 0
 * @param segments how many those are, as the kernel has counted; 0 where it has not
 */
public record PacketMeta(
        long mark, long priority, int type, long ifindex, long ingressIfindex, long segmentSize, long segments) {
    /** Of a packet that is not cut. */
    public PacketMeta(long mark, long priority, int type, long ifindex, long ingressIfindex) {
        this(mark, priority, type, ifindex, ingressIfindex, 0, 0);
    }

    /** No mark, to this host, by the interface 1; what goes out came in nowhere. */
    public static PacketMeta plain(Hook hook) {
        return new PacketMeta(0, 0, 0, 1, hook == Hook.SKB_INGRESS ? 1 : 0);
    }

    /** The same with another mark. */
    public PacketMeta withMark(long other) {
        return new PacketMeta(other, priority, type, ifindex, ingressIfindex, segmentSize, segments);
    }

    /** The same with another priority. */
    public PacketMeta withPriority(long other) {
        return new PacketMeta(mark, other, type, ifindex, ingressIfindex, segmentSize, segments);
    }

    /** The same of another type. */
    public PacketMeta withType(int other) {
        return new PacketMeta(mark, priority, other, ifindex, ingressIfindex, segmentSize, segments);
    }

    /** The same by other interfaces. */
    public PacketMeta withInterfaces(long other, long otherIngress) {
        return new PacketMeta(mark, priority, type, other, otherIngress, segmentSize, segments);
    }

    /** The same, to be cut into segments with so many bytes of payload each. */
    public PacketMeta withSegments(long size, long count) {
        return new PacketMeta(mark, priority, type, ifindex, ingressIfindex, size, count);
    }
}
