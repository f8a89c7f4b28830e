package org.ringwall.compiler.lower.string;

/**
 * Where an automaton stands.
 *
 * @param state its state
 * @param index so many bytes have led there
 */
record Place(int state, int index) {
    /** No byte has been read yet. */
    static final Place FIRST = new Place(0, 0);
}
