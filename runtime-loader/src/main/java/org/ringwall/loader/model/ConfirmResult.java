// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Optional;

/**
 * The end of the wait of a version that had to be confirmed.
 *
 * @param from the generation that had to be confirmed
 * @param to the generation before it
 * @param time when it was rolled back, in ns as programs read the time; 0 if it was not
 * @param downgrade a phrase if a lower version was recorded, such as `7 after 8`
 */
public record ConfirmResult(Outcome outcome, long from, long to, long time, Optional<String> downgrade) {
    /** What became of the version. */
    public enum Outcome {
        /** It stays. */
        CONFIRMED,
        /** The caller rolled it back, or now knows that the kernel did. */
        ROLLED_BACK,
        /** The time was over, so the kernel rolled it back. */
        EXPIRED
    }

    /** Returns the generation in force. */
    public long generation() {
        return outcome == Outcome.CONFIRMED ? from : to;
    }
}
