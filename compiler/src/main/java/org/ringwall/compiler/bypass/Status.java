// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Locale;

/** What a policy makes of a bypass of one of its blocks; those that need a look come first. */
public enum Status {
    /** Everything that takes the way gets through, and a policy could close it. */
    OPEN,
    /** Some of what takes the way is refused, some gets through. */
    NARROWED,
    /** What takes the way gets through because a rule of the block itself says so: nothing is gone around. */
    ALLOWED,
    /** No policy can close it; it is closed elsewhere on the host, if at all. */
    OUTSIDE,
    /** Nothing that takes the way gets through undenied. */
    CLOSED,
    /** The policy has no such block. */
    NOT_APPLICABLE;

    /** The status as reports write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
