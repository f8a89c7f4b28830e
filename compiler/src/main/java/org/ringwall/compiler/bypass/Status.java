// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Locale;

/** The status of a bypass under a policy. Those that need attention come first. */
public enum Status {
    /** All requests that use the bypass get through, and a policy could close it. */
    OPEN,
    /** Some requests that use the bypass are refused, others get through. */
    NARROWED,
    /**
     * A rule of the block itself allows what the bypass does, so that the block is not bypassed.
     */
    ALLOWED,
    /** No policy can close it. If at all, it is closed elsewhere on the host. */
    OUTSIDE,
    /** Nothing gets through by the bypass that the policy denies. */
    CLOSED,
    /** The policy has no such block. */
    NOT_APPLICABLE;

    /** Returns the status as reports write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
