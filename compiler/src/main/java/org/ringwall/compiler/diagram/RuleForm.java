// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Rule;

/** How the rules of a hook are combined. All forms have the same meaning. */
public enum RuleForm {
    /** One diagram: no request tests a field twice, but unrelated rules may multiply. */
    DIAGRAM,
    /** Rules with overlapping ranges of several fields as {@link BitVectorClassifier}. */
    BIT_VECTORS,
    /**
     * Rules that depend on a param, a live set or a rate are tested one after another, each as a
     * whole ({@link Predicate.GuardHolds}); the others are one diagram.
     */
    UNKNOWN_IN_TURN,
    /** Every rule is tested one after another, so that the size is the sum of the rules. */
    IN_TURN;

    /** Returns whether a rule is tested as a whole. */
    boolean testsInTurn(Rule rule) {
        return switch (this) {
            case DIAGRAM, BIT_VECTORS -> false;
            case UNKNOWN_IN_TURN -> GuardsInTurn.dependsOnUnknown(rule);
            case IN_TURN -> true;
        };
    }
}
