package org.ringwall.compiler.lower.string;

/** Where a word leads: to an outcome, to the next word, to the table, or to the end of the string. */
sealed interface Way {
    /** Nothing that follows matters. */
    record Out(int outcome) implements Way {}

    /** On to the word at the place. */
    record On(Place place) implements Way {}

    /** To the table, from the place on. */
    record Table(Place place) implements Way {}

    /** To the end of the string. */
    record End(Tails.Group group) implements Way {}
}
