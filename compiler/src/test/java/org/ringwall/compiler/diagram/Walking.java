// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Map;
import java.util.function.ToLongFunction;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.value.U128;

/** The evaluation of a diagram for one request. */
final class Walking {
    private Walking() {}

    static boolean at(Node<Boolean> root, U128 address) {
        return to(root, variable -> variable == Variable.IP6_HIGH ? address.high() : address.low(), Map.of());
    }

    static <T> T to(Node<T> root, ToLongFunction<Variable> values, Map<Param, Long> params) {
        Node<T> node = root;
        while (!(node instanceof Node.Leaf<T>)) {
            if (node instanceof Node.Split<T> split) {
                long value = values.applyAsLong(split.variable());
                node = split.edges().stream()
                        .filter(edge -> Long.compareUnsigned(value, edge.high()) <= 0)
                        .findFirst()
                        .orElseThrow()
                        .child();
            } else {
                Node.PredicateTest<T> test = (Node.PredicateTest<T>) node;
                Predicate.CompareParam predicate = (Predicate.CompareParam) test.predicate();
                long value = values.applyAsLong(predicate.variable());
                boolean holds = predicate
                        .comparison()
                        .holds(
                                value,
                                params.getOrDefault(
                                        predicate.param(), predicate.param().defaultValue()));
                node = holds ? test.yes() : test.no();
            }
        }
        return ((Node.Leaf<T>) node).value();
    }
}
