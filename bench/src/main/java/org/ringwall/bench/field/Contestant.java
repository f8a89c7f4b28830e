// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import org.ringwall.bench.rules.RuleList;

/** A way to build a program that decides by a list of rules. */
public interface Contestant {
    /** Returns its name in tables and plots. */
    String title();

    /** Returns whether a compiler of this project builds it. */
    default boolean ours() {
        return false;
    }

    /**
     * Builds the image: everything that is done before it is loaded into the kernel.
     *
     * @throws Refusal if it cannot be built for these rules
     */
    Image make(RuleList rules, Workshop shop) throws Refusal;
}
