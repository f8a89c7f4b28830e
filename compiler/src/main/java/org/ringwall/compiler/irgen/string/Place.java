// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

/**
 * A position of an automaton in a string.
 *
 * @param state the state of the automaton
 * @param index the number of bytes read
 */
record Place(int state, int index) {
    /** The start, before the first byte. */
    static final Place FIRST = new Place(0, 0);
}
