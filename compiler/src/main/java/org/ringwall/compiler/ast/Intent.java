// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.Locale;

/** The subject of a block, in terms of the user rather than the kernel. */
public enum Intent {
    EGRESS,
    BIND,
    SOCKETS,
    DEVICES,
    SYSCTL,
    PACKETS_INGRESS,
    PACKETS_EGRESS,
    SOCKOPT;

    /** Returns the word or words that begin the block: `egress`, `packets ingress`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
