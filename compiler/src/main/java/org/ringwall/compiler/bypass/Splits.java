// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.HashSet;
import java.util.Set;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Variable;

/**
 * A visitor that finds whether a diagram's result depends on a variable, by an interval or a
 * predicate.
 */
final class Splits implements Node.Visitor<Boolean, Boolean> {
    private final Variable variable;
    private final Set<Integer> without = new HashSet<>();

    Splits(Variable variable) {
        this.variable = variable;
    }

    boolean in(Node<Boolean> node) {
        return without.add(node.id()) && node.accept(this);
    }

    @Override
    public Boolean leaf(Node.Leaf<Boolean> leaf) {
        return false;
    }

    @Override
    public Boolean split(Node.Split<Boolean> split) {
        return split.variable() == variable || split.edges().stream().anyMatch(edge -> in(edge.child()));
    }

    @Override
    public Boolean test(Node.PredicateTest<Boolean> test) {
        return test.predicate().reads().contains(variable) || in(test.yes()) || in(test.no());
    }
}
