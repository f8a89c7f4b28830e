// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

/** The extension headers of an IPv6 packet, as the kernel walks them to find raw sockets. */
final class PacketChain {
    private PacketChain() {}

    /**
     * Returns the protocol after the extension headers that the kernel removes before it looks up a
     * socket.
     */
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
