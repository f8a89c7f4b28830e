// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

/** Thrown when the state of this host does not permit a request, or would open a gap. */
public sealed class HostException extends RuntimeException permits UnwrittenException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public HostException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns what the user can do about it. */
    public String help() {
        return help;
    }
}
