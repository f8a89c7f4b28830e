package org.ringwall.compiler.ast;

import java.util.Locale;

/** What a block is about, in the user's words rather than the kernel's. */
public enum Intent {
    EGRESS,
    BIND,
    SOCKETS,
    DEVICES,
    SYSCTL;

    /** The word that begins the block. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
