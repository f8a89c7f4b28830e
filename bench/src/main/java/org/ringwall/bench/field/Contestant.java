package org.ringwall.bench.field;

import org.ringwall.bench.rules.RuleList;

/** One way to make a program that decides by a list of rules. */
public interface Contestant {
    /** Its name in tables and plots. */
    String title();

    /** Whether one of our compilers makes it. */
    default boolean ours() {
        return false;
    }

    /** All that is done before the kernel is asked. */
    Image make(RuleList rules, Workshop shop) throws Refusal;
}
