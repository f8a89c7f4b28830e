package org.ringwall.bpf.btf;

/** The bytes are no type information; the message says what is wrong and where. */
public final class BtfFormatException extends Exception {
    private static final long serialVersionUID = 1;

    BtfFormatException(String message) {
        super(message);
    }
}
