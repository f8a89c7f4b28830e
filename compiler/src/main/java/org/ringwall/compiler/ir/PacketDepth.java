// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Locale;

/** The part of a packet that a program must read. Each depth includes the ones before it. */
public enum PacketDepth {
    /** The version and the addresses. */
    HEADER,
    /** The extension headers, up to the transport protocol. */
    PROTOCOL,
    /** The first 4 bytes of the transport header: ports, or type and code. */
    TRANSPORT,
    /** The TCP flags. */
    FLAGS;

    /** Returns the word of the printed form. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
