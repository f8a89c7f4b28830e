// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

/** An exception for bytes that are not a bundle, or content that no bundle can have. */
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

    /** Returns what to do about it. */
    public String help() {
        return help;
    }
}
