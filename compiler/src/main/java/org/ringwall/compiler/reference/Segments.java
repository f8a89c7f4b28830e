// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import org.ringwall.compiler.model.request.Request;

/**
 * Section 12: the number of segments that a packet counts as. The kernel or the interface segments
 * it, each segment with its own headers.
 *
 * @param count the number of segments
 * @param bytes the length of all segments, from their IP headers on
 */
public record Segments(long count, long bytes) {
    private static final int TCP = 6;
    private static final int UDP = 17;

    /** Returns the count for this packet. */
    public static Segments of(Request.Packet packet) {
        long size = packet.meta().segmentSize();
        int length = packet.size();
        if (size == 0) {
            return new Segments(1, length);
        }
        long headers = headers(packet.first(length));
        long count = packet.meta().segments();
        if (count == 0) {
            count = headers < length ? (length - headers + size - 1) / size : 1;
        }
        return new Segments(count, length + (count - 1) * headers);
    }

    /**
     * Returns the length of the IP header, the extension headers, and the TCP or UDP header, as far
     * as they can be parsed.
     */
    private static long headers(byte[] bytes) {
        if (bytes.length < 8) {
            return 0;
        }
        int version = at(bytes, 0) / 16;
        if (version == 4) {
            int end = at(bytes, 0) % 16 * 4;
            return bytes.length < 16 ? end : end + transport(bytes, at(bytes, 9), end);
        }
        return version == 6 ? six(bytes) : 0;
    }

    private static long six(byte[] bytes) {
        int protocol = at(bytes, 6);
        int place = 40;
        for (int walked = 0; walked < PacketReader.MOST_EXTENSIONS && PacketReader.isExtension(protocol); walked++) {
            if (place + 8 > bytes.length) {
                return place;
            }
            int next = at(bytes, place);
            place += PacketReader.extensionLength(protocol, at(bytes, place + 1));
            protocol = next;
        }
        return place + transport(bytes, protocol, place);
    }

    private static long transport(byte[] bytes, int protocol, int place) {
        if (protocol == UDP) {
            return 8;
        }
        return protocol == TCP && place + 16 <= bytes.length ? at(bytes, place + 12) / 16 * 4 : 0;
    }

    private static int at(byte[] bytes, int place) {
        return Byte.toUnsignedInt(bytes[place]);
    }
}
