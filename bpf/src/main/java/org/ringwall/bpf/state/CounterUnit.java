// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The unit of a counter's field (docs/semantics.md section 12). */
public enum CounterUnit {
    /** The number of times that the rule had the effect. */
    ATTEMPTS,
    /** Established TCP connections, of either side. */
    CONNECTIONS,
    /** Datagrams sent to an address, or received with the sender's address. */
    DATAGRAMS,
    PACKETS,
    /** Bytes of packets from the IP header on. */
    BYTES,
    /** Bytes of data of a closed TCP connection that the peer has acknowledged. */
    BYTES_SENT,
    /** Bytes of data that this end of a closed TCP connection has received, in order. */
    BYTES_RECEIVED,
    /** Not a count: the latest time, CLOCK_BOOTTIME in ns. */
    TIME;

    /** Returns whether it is counted only when a connection is closed. */
    public boolean isOfClosed() {
        return this == BYTES_SENT || this == BYTES_RECEIVED;
    }

    /** Returns the word in a policy. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the unit with this word in a policy. */
    public static Optional<CounterUnit> named(String word) {
        return Arrays.stream(values()).filter(unit -> unit.word().equals(word)).findFirst();
    }
}
