// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

/** Thrown for bytes that are not type information; the message says what is wrong and where. */
public final class BtfFormatException extends Exception {
    private static final long serialVersionUID = 1;

    BtfFormatException(String message) {
        super(message);
    }
}
