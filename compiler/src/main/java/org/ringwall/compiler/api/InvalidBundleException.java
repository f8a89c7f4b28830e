// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

/**
 * An exception for policies that no bundle can contain together, for a file that is not a bundle,
 * and for a key or a signature that a bundle cannot be signed with.
 */
public final class InvalidBundleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String help;

    InvalidBundleException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns what to do about it. */
    public String help() {
        return help;
    }
}
