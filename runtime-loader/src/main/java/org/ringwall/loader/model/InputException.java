// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/** Thrown when the user's input cannot be applied. The help says what to give instead. */
public final class InputException extends LoaderException {
    private static final long serialVersionUID = 1L;

    public InputException(String message, String help) {
        super(Failure.Kind.INPUT, message, help);
    }
}
