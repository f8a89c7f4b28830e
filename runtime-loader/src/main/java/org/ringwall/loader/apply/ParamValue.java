package org.ringwall.loader.apply;

/**
 * A parameter as a generation declares it, and the value that it has there.
 *
 * @param value unsigned
 */
public record ParamValue(Param param, long value) {
    /** The value as users write it. */
    public String text() {
        return Long.toUnsignedString(value);
    }
}
