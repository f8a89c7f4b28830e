package org.ringwall.bpf.object;

import java.io.Serial;

/** The bytes are no BPF object that we read; the message says what is wrong and where. */
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
