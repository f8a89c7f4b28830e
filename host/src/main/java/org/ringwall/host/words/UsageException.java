// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

/** Thrown when the words on the command line are not a valid command. The help is what to type. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public UsageException(String message, String help) {
        super(message);
        this.help = help;
    }

    public String help() {
        return help;
    }
}
