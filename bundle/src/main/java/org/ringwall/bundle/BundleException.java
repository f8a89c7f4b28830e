// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

/** An exception for bytes that are not a valid bundle, or for content that a bundle cannot have. */
public final class BundleException extends Exception {
    private static final long serialVersionUID = 1;

    private final String help;

    BundleException(String message, String help) {
        super(message);
        this.help = help;
    }

    BundleException(String message) {
        this(message, "build the bundle again with ringwallc bundle or Maven, and copy it as a whole");
    }

    /** Returns the help for the user: what to do or to write. */
    public String help() {
        return help;
    }
}
