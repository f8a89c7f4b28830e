// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

/** The successor of a word: an outcome, the next word, the table, or the end of the string. */
sealed interface Successor {
    /** A final outcome. */
    record Out(int outcome) implements Successor {}

    /** The word at the place. */
    record On(Position place) implements Successor {}

    /** The table, from the place on. */
    record Table(Position place) implements Successor {}

    /** The end of the string. */
    record End(Tails.Group group) implements Successor {}
}
