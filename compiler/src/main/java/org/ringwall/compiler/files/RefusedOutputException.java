// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.files;

import java.io.IOException;

/**
 * An output that would destroy a file. The message gives the reason, and the help what to do
 * instead.
 */
public final class RefusedOutputException extends IOException {
    private static final long serialVersionUID = 1;

    private final String help;

    RefusedOutputException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns what to do instead. */
    public String help() {
        return help;
    }
}
