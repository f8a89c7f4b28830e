// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

/** The failure of a build of the package: what is wrong, and on a second line what to do. */
final class PackagingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PackagingException(String message, String help) {
        super(message + "\n  help: " + help);
    }
}
