// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.util.Map;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.policy.Param;

/** The evaluation of a decision diagram for one request. */
final class DiagramWalk<T> implements Node.Visitor<T, T> {
    private final Variables variables;
    private final Map<Param, Long> params;

    private DiagramWalk(Variables variables, Map<Param, Long> params) {
        this.variables = variables;
        this.params = params;
    }

    static <T> T to(Node<T> root, Variables variables, Map<Param, Long> params) {
        return root.accept(new DiagramWalk<>(variables, params));
    }

    @Override
    public T leaf(Node.Leaf<T> leaf) {
        return leaf.value();
    }

    @Override
    public T split(Node.Split<T> split) {
        long value = variables.of(split.variable());
        for (Node.Edge<T> edge : split.edges()) {
            if (Long.compareUnsigned(value, edge.high()) <= 0) {
                return edge.child().accept(this);
            }
        }
        throw new IllegalStateException(split.variable() + " has no edge for " + value);
    }

    @Override
    public T test(Node.PredicateTest<T> test) {
        return (holds(test.predicate()) ? test.yes() : test.no()).accept(this);
    }

    private boolean holds(Predicate tested) {
        if (tested instanceof Predicate.GuardHolds guard) {
            return to(guard.condition(), variables, params);
        }
        if (tested instanceof Predicate.GlobMatches glob) {
            return variables.matches(glob);
        }
        Predicate.CompareParam compare = (Predicate.CompareParam) tested;
        Param param = compare.param();
        long value = params.getOrDefault(param, param.defaultValue());
        return compare.comparison().holds(variables.of(compare.variable()), value);
    }
}
