// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.value.IntervalSet;

/** A test of walks inside boxes against every request with values of a small range. */
class ConjunctionWalkTest {
    private static final int TRIALS = 2_000;
    private static final int VALUES = 6;
    private static final List<Variable> VARIABLES = List.of(Variable.PROTOCOL, Variable.PORT, Variable.UID);

    private final ConditionBuilder booleans = new ConditionBuilder(Map.of());
    private final NodeTable<Integer> numbers = booleans.forest();
    private final Random random = new Random(7);

    @Test
    void findsTheValuesOfRequestsInsideABoxForWhichTheConditionHolds() {
        int some = 0;
        for (int i = 0; i < TRIALS; i++) {
            Node<Integer> node = values();
            Node<Boolean> condition = condition();
            Map<Variable, IntervalSet> box = Map.of(Variable.PORT, set(), Variable.UID, set());
            Set<Integer> expected = requests(node, condition, box);
            Set<Integer> found = new HashSet<>();
            boolean over = new ConjunctionWalk<Integer>(
                            TestOrder.PORTS_FIRST,
                            variable -> box.getOrDefault(variable, variable.possible()),
                            value -> {
                                found.add(value);
                                return false;
                            })
                    .walk(node, condition);
            assertThat(over).isFalse();
            assertThat(found).as("trial %d", i).isEqualTo(expected);
            some += expected.isEmpty() ? 0 : 1;
        }
        assertThat(some).isBetween(TRIALS / 10, TRIALS * 9 / 10);
    }

    @Test
    void endsWhenTheActionReturnsTrue() {
        List<Integer> found = new ArrayList<>();
        Node<Integer> node = numbers.combine(
                booleans.member(Variable.PORT, IntervalSet.of(80)),
                numbers.leaf(1),
                (holds, value) -> holds ? value : 0);
        assertThat(new ConjunctionWalk<Integer>(TestOrder.PORTS_FIRST, Variable::possible, found::add)
                        .walk(node, booleans.constant(true)))
                .isTrue();
        assertThat(found).hasSize(1);
    }

    private Set<Integer> requests(Node<Integer> node, Node<Boolean> condition, Map<Variable, IntervalSet> box) {
        Set<Integer> found = new HashSet<>();
        // One value more than the sets have is any other value.
        for (long protocol = 0; protocol <= VALUES; protocol++) {
            for (long port = 0; port <= VALUES; port++) {
                for (long uid = 0; uid <= VALUES; uid++) {
                    Map<Variable, Long> values =
                            Map.of(Variable.PROTOCOL, protocol, Variable.PORT, port, Variable.UID, uid);
                    ToLongFunction<Variable> request = variable -> values.getOrDefault(variable, 0L);
                    if (box.entrySet().stream()
                                    .allMatch(entry -> entry.getValue().contains(request.applyAsLong(entry.getKey())))
                            && Walking.to(condition, request, Map.of())) {
                        found.add(Walking.to(node, request, Map.of()));
                    }
                }
            }
        }
        return found;
    }

    private Node<Integer> values() {
        Node<Integer> node = numbers.leaf(0);
        for (int i = 1; i <= 4; i++) {
            int value = i;
            node = numbers.combine(condition(), node, (holds, before) -> holds ? Integer.valueOf(value) : before);
        }
        return node;
    }

    private Node<Boolean> condition() {
        Node<Boolean> condition = booleans.constant(random.nextBoolean());
        for (Variable variable : VARIABLES) {
            Node<Boolean> member = booleans.member(variable, set());
            condition = random.nextBoolean() ? booleans.and(condition, member) : booleans.or(condition, member);
        }
        return condition;
    }

    private IntervalSet set() {
        IntervalSet set = IntervalSet.of(random.nextInt(VALUES));
        for (int value = 0; value < VALUES; value++) {
            set = random.nextInt(3) == 0 ? set.union(IntervalSet.of(value)) : set;
        }
        return set;
    }
}
