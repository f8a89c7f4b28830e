package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a field of a counter counts (docs/semantics.md section 12). */
public enum CounterUnit {
    /** Times that the rule had the effect. */
    ATTEMPTS,
    /** TCP connections that came about, of either side. */
    CONNECTIONS,
    /** Datagrams sent to an address, or received with theirs. */
    DATAGRAMS,
    PACKETS,
    /** Bytes of packets from the IP header on. */
    BYTES,
    /** Not a count: the latest time, CLOCK_BOOTTIME in ns. */
    TIME;

    /** The word in a policy. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The unit that is written so. */
    public static Optional<CounterUnit> named(String word) {
        return Arrays.stream(values()).filter(unit -> unit.word().equals(word)).findFirst();
    }
}
