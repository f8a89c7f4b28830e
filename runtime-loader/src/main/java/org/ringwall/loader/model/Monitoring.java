// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.time.Duration;

/**
 * Monitor mode for a limited time (docs/abi.md section 2).
 *
 * @param until CLOCK_BOOTTIME in ns at which it ends by itself
 * @param reason for later readers; may be empty; at most 255 bytes of UTF-8
 */
public record Monitoring(long until, String reason) {
    /** The limit of monitor mode; a longer need calls for another policy. */
    public static final Duration LONGEST = Duration.ofDays(30);

    /** The maximum size of a reason in bytes. */
    public static final int MOST_BYTES = 255;

    public Monitoring {
        if (reason.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MOST_BYTES) {
            throw new InputException("the reason is too long", "write at most " + MOST_BYTES + " bytes");
        }
    }
}
