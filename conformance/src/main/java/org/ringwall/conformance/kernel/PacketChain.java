package org.ringwall.conformance.kernel;

/** To which raw socket the kernel gives an IPv6 packet. */
final class PacketChain {
    private PacketChain() {}

    /** The number behind the extension headers that the kernel takes off before it looks for a socket. */
    static int protocol(byte[] packet) {
        int next = packet[6] & 0xff;
        int at = 40;
        while ((next == 0 || next == 43 || next == 60 || next == 44) && at + 8 <= packet.length) {
            int length = next == 44 ? 8 : 8 * ((packet[at + 1] & 0xff) + 1);
            next = packet[at] & 0xff;
            at += length;
        }
        return next;
    }
}
