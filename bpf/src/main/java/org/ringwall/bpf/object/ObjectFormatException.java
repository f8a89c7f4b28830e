// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.io.Serial;

/**
 * Thrown for bytes that are not a supported BPF object; the message says what is wrong and where.
 */
public final class ObjectFormatException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public ObjectFormatException(String message) {
        super(message);
    }

    public ObjectFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
