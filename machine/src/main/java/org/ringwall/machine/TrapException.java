// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

/** Thrown for a trap; carries the reason to the machine's loop and never leaves the package. */
final class TrapException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    TrapException(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
