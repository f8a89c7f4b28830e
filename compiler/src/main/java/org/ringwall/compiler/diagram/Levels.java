// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Comparator;

/**
 * The order of tests: by variable, and of one variable the intervals before the predicates. Tests
 * without a variable come last, by rule; a rule's token comes before its table entry.
 */
final class Levels {
    private static final int LAST = Integer.MAX_VALUE - 1;

    private static final Comparator<Predicate> PREDICATES =
            Comparator.comparing(Levels::kind).thenComparing(Levels::name).thenComparing(Levels::order);

    /**
     * Terms come first, and larger sets of terms before their parts. A token is taken only once
     * everything else that can deny the request is known; the guard of a rule comes before it.
     */
    private static final Comparator<Predicate> AT_LAST = Comparator.comparing(
                    (Predicate predicate) -> !(predicate instanceof Predicate.FirstIn))
            .thenComparing(Levels::rule)
            .thenComparing(Levels::kind)
            .thenComparing(Levels::fewer)
            .thenComparing(Levels::condition)
            .thenComparing(Predicate::toString)
            .thenComparing(Levels::terms);

    private final TestOrder order;

    Levels(TestOrder order) {
        this.order = order;
    }

    /**
     * Returns a negative number if the left node is tested first, and 0 if both make the same test.
     * Leaves come last.
     */
    int compare(Node<?> left, Node<?> right) {
        int byVariable = Integer.compare(variable(left), variable(right));
        if (byVariable != 0) {
            return byVariable;
        }
        if (left instanceof Node.PredicateTest<?> a && right instanceof Node.PredicateTest<?> b) {
            return variable(left) == LAST
                    ? AT_LAST.compare(a.predicate(), b.predicate())
                    : PREDICATES.compare(a.predicate(), b.predicate());
        }
        return Boolean.compare(left instanceof Node.PredicateTest, right instanceof Node.PredicateTest);
    }

    private int variable(Node<?> node) {
        if (node instanceof Node.Split<?> split) {
            return order.rank(split.variable());
        }
        return node instanceof Node.PredicateTest<?> test
                ? test.predicate().at().map(order::rank).orElse(LAST)
                : Integer.MAX_VALUE;
    }

    private static RuleRef rule(Predicate predicate) {
        if (predicate instanceof Predicate.Token token) {
            return token.rule();
        }
        if (predicate instanceof Predicate.FirstIn first) {
            return first.terms().list().get(first.members().nextSetBit(0)).rule();
        }
        return predicate instanceof Predicate.GuardHolds guard ? guard.rule() : ((Predicate.HasEntry) predicate).rule();
    }

    private static int condition(Predicate predicate) {
        return predicate instanceof Predicate.GuardHolds guard
                ? guard.condition().id()
                : 0;
    }

    private static int fewer(Predicate predicate) {
        return predicate instanceof Predicate.FirstIn first ? -first.members().cardinality() : 0;
    }

    /**
     * The terms of one rule may differ: of a destination that is judged as two, each leaves others.
     */
    private static BitVectorClassifier terms(Predicate predicate) {
        return predicate instanceof Predicate.FirstIn first ? first.terms() : BitVectorClassifier.EMPTY;
    }

    private static int kind(Predicate predicate) {
        return predicate.accept(new Predicate.Visitor<>() {
            @Override
            public Integer compareParam(Predicate.CompareParam compare) {
                return 0;
            }

            @Override
            public Integer inLive(Predicate.InLive live) {
                return 1;
            }

            @Override
            public Integer token(Predicate.Token token) {
                return 2;
            }

            @Override
            public Integer hasEntry(Predicate.HasEntry entry) {
                return 3;
            }

            @Override
            public Integer guardHolds(Predicate.GuardHolds guard) {
                return -1;
            }

            @Override
            public Integer globMatches(Predicate.GlobMatches glob) {
                return 5;
            }

            @Override
            public Integer firstIn(Predicate.FirstIn first) {
                return 4;
            }
        });
    }

    private static String name(Predicate predicate) {
        return predicate instanceof Predicate.CompareParam compare
                ? compare.param().name()
                : predicate.toString();
    }

    private static int order(Predicate predicate) {
        return predicate instanceof Predicate.CompareParam compare
                ? compare.comparison().ordinal()
                : 0;
    }
}
