// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

/** An exception for a key, a passphrase, a signature or an envelope that cannot be used. */
public final class SigningException extends Exception {
    private static final long serialVersionUID = 1;

    private final String help;

    public SigningException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns the help for the user: what to do or to write. */
    public String help() {
        return help;
    }
}
