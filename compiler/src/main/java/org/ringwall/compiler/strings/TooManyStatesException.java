// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

/**
 * Thrown if the patterns of one string need an automaton with more states than a program can hold.
 */
public final class TooManyStatesException extends Exception {
    private static final long serialVersionUID = 1L;

    TooManyStatesException() {
        super("too many states", null, false, false);
    }
}
