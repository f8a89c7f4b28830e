// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.object.Bytes;

/**
 * A builder of packets in wire format from their IP header on. Lengths are correct, and so are the
 * checksums of the IPv4 header and of TCP, UDP and ICMP. Callers can also build packets that no
 * host would send.
 */
public final class PacketBuilder {
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int NO_NEXT_HEADER = 59;
    private static final int HOP_LIMIT = 64;

    private final RawAddress source;
    private final RawAddress destination;
    private final List<Extension> extensions = new ArrayList<>();
    private byte[] options = new byte[0];
    private int fragmentOffset;
    private boolean moreFragments;
    private int protocol = NO_NEXT_HEADER;
    private byte[] payload = new byte[0];

    private record Extension(int number, byte[] bytes) {}

    private PacketBuilder(RawAddress source, RawAddress destination) {
        if (source.isV4() != destination.isV4()) {
            throw new IllegalArgumentException("both addresses of a packet have one family");
        }
        this.source = source;
        this.destination = destination;
    }

    /** Returns a builder of an empty packet between these addresses. */
    public static PacketBuilder between(RawAddress source, RawAddress destination) {
        return new PacketBuilder(source, destination);
    }

    /** Returns a builder of a packet at a hook; at ingress the remote end is the source. */
    public static PacketBuilder at(Hook hook, RawAddress remote, RawAddress local) {
        return hook == Hook.SKB_INGRESS ? between(remote, local) : between(local, remote);
    }

    /** Sets the IPv4 options, padded to words. */
    public PacketBuilder options(byte[] bytes) {
        options = padded(bytes, 0, 4);
        return this;
    }

    /**
     * Makes it a fragment; `offset` is in units of 8 bytes, 0..8191. An IPv6 packet gets its
     * Fragment header here.
     */
    public PacketBuilder fragment(int offset, boolean more) {
        if (source.isV4()) {
            fragmentOffset = offset;
            moreFragments = more;
        } else {
            byte[] header = ByteBuffer.allocate(8)
                    .putShort(2, (short) (offset << 3 | (more ? 1 : 0)))
                    .putInt(4, 0x5eed)
                    .array();
            extensions.add(new Extension(44, header));
        }
        return this;
    }

    /**
     * Adds an extension header with this number and content, and sets its length byte (RFC 8200;
     * RFC 4302 for 51).
     */
    public PacketBuilder extension(int number, byte[] content) {
        byte[] bytes = padded(content, 2, 8);
        bytes[1] = (byte) (number == IpProtocol.AH.number() ? bytes.length / 4 - 2 : bytes.length / 8 - 1);
        extensions.add(new Extension(number, bytes));
        return this;
    }

    /** Sets a TCP header; `flags` are FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
    public PacketBuilder tcp(int sourcePort, int destinationPort, int flags) {
        byte[] header = ports(20, sourcePort, destinationPort);
        header[12] = 5 << 4;
        header[13] = (byte) flags;
        return carrying(IpProtocol.TCP.number(), header);
    }

    /** Sets a UDP header and this many bytes of data. */
    public PacketBuilder udp(int sourcePort, int destinationPort, int data) {
        byte[] bytes = ports(8 + data, sourcePort, destinationPort);
        ByteBuffer.wrap(bytes).putShort(4, (short) bytes.length);
        return carrying(IpProtocol.UDP.number(), bytes);
    }

    /** Sets an ICMP or ICMPv6 header, depending on the family. */
    public PacketBuilder icmp(int type, int code) {
        byte[] header = {(byte) type, (byte) code, 0, 0, 0, 0, 0, 0};
        return carrying(icmp().number(), header);
    }

    /** Sets a header that begins with two ports. */
    public PacketBuilder withPorts(int number, int sourcePort, int destinationPort) {
        return carrying(number, ports(16, sourcePort, destinationPort));
    }

    /** Sets any protocol and its bytes. */
    public PacketBuilder carrying(int number, byte[] bytes) {
        protocol = number;
        payload = bytes.clone();
        return this;
    }

    /** Pads the packet with zeros to this length. */
    public PacketBuilder length(int bytes) {
        int missing = bytes - size();
        payload = missing <= 0
                ? payload
                : ByteBuffer.allocate(payload.length + missing).put(payload).array();
        return this;
    }

    private int size() {
        int headers = source.isV4() ? 20 + options.length : 40;
        return headers + extensions.stream().mapToInt(one -> one.bytes.length).sum() + payload.length;
    }

    public Bytes bytes() {
        return Bytes.of(source.isV4() ? four() : six());
    }

    public Request.Packet request(Hook hook, PacketMeta meta) {
        return new Request.Packet(hook, source.isV4() ? ETH_P_IP : ETH_P_IPV6, bytes(), meta);
    }

    private byte[] four() {
        int headerLength = 20 + options.length;
        byte[] behind = chain();
        ByteBuffer packet = ByteBuffer.allocate(headerLength + behind.length)
                .put((byte) (4 << 4 | headerLength / 4))
                .put((byte) 0)
                .putShort((short) (headerLength + behind.length))
                .putShort((short) 0x5eed)
                .putShort((short) ((moreFragments ? 0x2000 : 0) | fragmentOffset))
                .put((byte) HOP_LIMIT)
                .put((byte) first())
                .putShort((short) 0)
                .putInt((int) source.bits().low())
                .putInt((int) destination.bits().low())
                .put(options)
                .put(behind);
        int sum = folded(Arrays.copyOf(packet.array(), headerLength));
        return packet.putShort(10, (short) ~sum).array();
    }

    private byte[] six() {
        byte[] behind = chain();
        return ByteBuffer.allocate(40 + behind.length)
                .putInt(6 << 28)
                .putShort((short) behind.length)
                .put((byte) first())
                .put((byte) HOP_LIMIT)
                .putLong(source.bits().high())
                .putLong(source.bits().low())
                .putLong(destination.bits().high())
                .putLong(destination.bits().low())
                .put(behind)
                .array();
    }

    private int first() {
        return extensions.isEmpty() ? protocol : extensions.get(0).number;
    }

    /** Returns the extension headers, each with the number of the next header, and the payload. */
    private byte[] chain() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < extensions.size(); i++) {
            byte[] header = extensions.get(i).bytes.clone();
            header[0] = (byte) (i + 1 < extensions.size() ? extensions.get(i + 1).number : protocol);
            bytes.writeBytes(header);
        }
        bytes.writeBytes(checked());
        return bytes.toByteArray();
    }

    /** Returns the payload with its checksum, if it has one and is not fragmented. */
    private byte[] checked() {
        int at = protocol == IpProtocol.TCP.number()
                ? 16
                : protocol == IpProtocol.UDP.number() ? 6 : protocol == icmp().number() ? 2 : payload.length;
        boolean whole = fragmentOffset == 0 && !moreFragments;
        if (at + 2 > payload.length || !whole) {
            return payload;
        }
        ByteBuffer summed = ByteBuffer.allocate(36 + payload.length + 8 + payload.length % 2);
        if (protocol != IpProtocol.ICMP.number()) {
            summed.putLong(source.bits().high()).putLong(source.bits().low());
            summed.putLong(destination.bits().high()).putLong(destination.bits().low());
            summed.putInt(payload.length).putInt(protocol);
        }
        summed.put(payload);
        int sum = folded(summed.array());
        return ByteBuffer.wrap(payload.clone())
                .putShort(at, (short) (sum == 0xffff ? 0xffff : ~sum))
                .array();
    }

    private IpProtocol icmp() {
        return source.isV4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    }

    /** Returns the one's complement sum of 16-bit words. */
    private static int folded(byte[] bytes) {
        ByteBuffer words = ByteBuffer.wrap(bytes);
        int sum = 0;
        while (words.remaining() > 1) {
            sum += words.getShort() & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (sum & 0xffff) + (sum >>> 16);
    }

    private static byte[] ports(int size, int sourcePort, int destinationPort) {
        return ByteBuffer.allocate(size)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .array();
    }

    /**
     * Returns the bytes after `skipped` zeros, padded to a multiple of `unit`; empty only if there
     * are no bytes at all.
     */
    private static byte[] padded(byte[] bytes, int skipped, int unit) {
        byte[] padded = new byte[(skipped + bytes.length + unit - 1) / unit * unit];
        System.arraycopy(bytes, 0, padded, skipped, bytes.length);
        return padded;
    }
}
