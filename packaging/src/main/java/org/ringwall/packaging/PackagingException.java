// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

/** An exception for a package that cannot be built: a message, and help on a second line. */
final class PackagingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PackagingException(String message, String help) {
        super(message + "\n  help: " + help);
    }
}
