// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

/** Thrown when the results of a command could not be written to its output. */
public final class UnwrittenException extends HostException {
    private static final long serialVersionUID = 1L;

    public UnwrittenException(String help) {
        super("the output could not be written", help);
    }
}
