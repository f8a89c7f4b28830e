package org.ringwall.machine;

/** Carries the reason of a trap from where it is noticed to the machine's loop; never leaves the package. */
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
