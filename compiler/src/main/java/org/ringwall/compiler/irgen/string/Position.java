// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

/**
 * A position of an automaton in a string.
 *
 * @param state the state of the automaton
 * @param index the number of bytes read
 */
record Position(int state, int index) {
    /** The start, before the first byte. */
    static final Position FIRST = new Position(0, 0);
}
