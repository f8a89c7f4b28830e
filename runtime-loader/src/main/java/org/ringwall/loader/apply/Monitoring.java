package org.ringwall.loader.apply;

/**
 * Monitor mode for a while (docs/abi.md section 2).
 *
 * @param until CLOCK_BOOTTIME in ns at which it ends by itself
 * @param reason for those who look later; may be empty, and 255 bytes of UTF-8 at most
 */
public record Monitoring(long until, String reason) {
    /** The most bytes of a reason. */
    static final int MOST_BYTES = 255;

    public Monitoring {
        if (reason.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MOST_BYTES) {
            throw new InputException("the reason is too long", "a reason has " + MOST_BYTES + " bytes at most");
        }
    }
}
