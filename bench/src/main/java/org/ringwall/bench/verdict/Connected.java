// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The peer of a UDP socket, as /proc/net/udp (net/ipv4/udp.c) shows it, whatever a policy makes
 * getpeername(2) return.
 */
final class Connected {
    private static final int REMOTE = 2;
    private static final int INODE = 9;
    private static final String NOBODY = "00000000:0000";

    private Connected() {}

    /**
     * Returns the peer of a socket of this thread's network namespace: address and port in hex, or
     * `none`.
     */
    static String to(long socket) throws IOException {
        String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + socket)).toString();
        String inode = link.substring(link.indexOf('[') + 1, link.indexOf(']'));
        for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/udp"))) {
            String[] words = line.strip().split("\\s+");
            if (words.length > INODE && words[INODE].equals(inode)) {
                return remote(words[REMOTE]);
            }
        }
        return "none";
    }

    /**
     * Parses a remote address. The kernel prints the address as a number in the machine's byte
     * order.
     */
    private static String remote(String word) {
        if (word.equals(NOBODY)) {
            return "none";
        }
        int colon = word.indexOf(':');
        byte[] address = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(HexFormat.fromHexDigits(word.substring(0, colon)))
                .array();
        return HexFormat.of().formatHex(address) + word.substring(colon + 1).toLowerCase(Locale.ROOT);
    }
}
