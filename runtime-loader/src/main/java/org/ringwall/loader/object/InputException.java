// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

/** Thrown when the user's input cannot be applied. The help says what to give instead. */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public InputException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns what to write or do instead. */
    public String help() {
        return help;
    }
}
