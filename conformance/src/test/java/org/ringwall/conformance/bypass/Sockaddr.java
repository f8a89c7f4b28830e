// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Socket addresses in the kernel's form. Java values have ports in host order, the bytes in
 * network order.
 */
final class Sockaddr {
    static final int UNSPEC = 0;
    static final int UNIX = 1;
    static final int INET = 2;
    static final int INET6 = 10;
    static final int NETLINK = 16;
    static final int PACKET = 17;
    static final int VSOCK = 40;

    static final int LOOPBACK = 0x7f000001;

    /** The only destination that every policy of the tests allows. */
    static final int ALLOWED = 0x7f000009;

    private Sockaddr() {}

    static byte[] v4(int address, int port) {
        return in(INET, address, port);
    }

    /** Returns a sockaddr_in whose family is AF_UNSPEC. */
    static byte[] unspec(int address, int port) {
        return in(UNSPEC, address, port);
    }

    private static byte[] in(int family, int address, int port) {
        ByteBuffer buffer = ByteBuffer.allocate(16);
        buffer.order(ByteOrder.nativeOrder()).putShort(0, (short) family);
        buffer.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) port).putInt(4, address);
        return buffer.array();
    }

    /** Returns a sockaddr_in6 of these low 64 bits. */
    static byte[] v6(long low, int port) {
        return v6(0, low, port);
    }

    /** Returns a sockaddr_in6. */
    static byte[] v6(long high, long low, int port) {
        ByteBuffer buffer = ByteBuffer.allocate(28);
        buffer.order(ByteOrder.nativeOrder()).putShort(0, (short) INET6);
        buffer.order(ByteOrder.BIG_ENDIAN)
                .putShort(2, (short) port)
                .putLong(8, high)
                .putLong(16, low);
        return buffer.array();
    }

    /** Returns the v4-mapped sockaddr_in6. */
    static byte[] mapped(int address, int port) {
        return v6(0xffff_0000_0000L | Integer.toUnsignedLong(address), port);
    }

    /** Returns a sockaddr_un with an abstract name. */
    static byte[] unix(String name) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer buffer = ByteBuffer.allocate(3 + text.length);
        buffer.order(ByteOrder.nativeOrder()).putShort(0, (short) UNIX);
        buffer.put(3, text);
        return buffer.array();
    }

    /** Returns a sockaddr_ll for IPv4 packets on an interface. */
    static byte[] packet(int index) {
        return packet(index, 0x0800);
    }

    /** Returns a sockaddr_ll for packets of this EtherType on an interface. */
    static byte[] packet(int index, int etherType) {
        ByteBuffer buffer = ByteBuffer.allocate(20);
        buffer.order(ByteOrder.nativeOrder()).putShort(0, (short) PACKET).putInt(4, index);
        buffer.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) etherType);
        buffer.put(11, (byte) 6);
        return buffer.array();
    }

    /** Returns a sockaddr_nl for which the kernel chooses the port. */
    static byte[] netlink() {
        return ByteBuffer.allocate(12)
                .order(ByteOrder.nativeOrder())
                .putShort((short) NETLINK)
                .array();
    }

    /** Returns a sockaddr_vm. */
    static byte[] vsock(int cid, int port) {
        ByteBuffer buffer = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        return buffer.putShort(0, (short) VSOCK).putInt(4, port).putInt(8, cid).array();
    }

    /** Returns the port of a sockaddr_in or sockaddr_in6. */
    static int port(byte[] address) {
        return Short.toUnsignedInt(ByteBuffer.wrap(address).getShort(2));
    }
}
