// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

/**
 * A parameter as a generation declares it, and its value there.
 *
 * @param value unsigned
 */
public record ParamValue(Param param, long value) {
    /** Returns the value as users write it. */
    public String text() {
        return Long.toUnsignedString(value);
    }
}
