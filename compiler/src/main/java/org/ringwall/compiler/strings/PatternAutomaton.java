// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.ringwall.compiler.value.StringPattern;

/** A pattern as an automaton of its own; {@link Subsets} runs those of all patterns together. */
interface PatternAutomaton {
    static PatternAutomaton of(StringPattern pattern) {
        return pattern.kind() == StringPattern.Kind.NUMBER
                ? new NumberAutomaton(pattern.low(), pattern.high())
                : Tokens.of(pattern);
    }

    /** Returns the number of places; place 0 is the start. */
    int places();

    /** Calls the consumer with the place and all that are reached from it without a byte. */
    void enter(int place, IntConsumer places);

    /** Returns the place after a byte 1..255; negative if there is none. */
    int next(int place, int value);

    /** Whether a string that ends here matches. */
    boolean matches(int place);

    /** Whether a string that ends here neither matches nor fails to. */
    boolean leavesOpen(int place);

    /** Returns the bytes 1..255 that it distinguishes from the others, besides `/`. */
    IntStream bytes();
}
