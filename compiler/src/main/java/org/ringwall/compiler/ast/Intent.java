package org.ringwall.compiler.ast;

import java.util.Locale;

/** What a block is about, in the user's words rather than the kernel's. */
public enum Intent {
    EGRESS,
    BIND,
    SOCKETS,
    DEVICES,
    SYSCTL,
    PACKETS_INGRESS,
    PACKETS_EGRESS,
    SOCKOPT;

    /** The word or words that begin the block: `egress`, `packets ingress`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
