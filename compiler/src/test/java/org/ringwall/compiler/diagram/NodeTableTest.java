// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

class NodeTableTest {
    private final ConditionBuilder booleans = new ConditionBuilder(Map.of());

    @Test
    void equalConditionsShareOneNode() {
        Node<Boolean> apart = booleans.or(port(80, 80), port(81, 81));
        assertThat(apart).isSameAs(port(80, 81));
        assertThat(booleans.not(booleans.not(apart))).isSameAs(apart);
    }

    @Test
    void aSplitWithOneChildIsReducedToThatChild() {
        assertThat(booleans.or(port(0, 100), port(101, 0xffff))).isSameAs(booleans.constant(true));
        assertThat(booleans.and(port(1, 2), port(3, 4))).isSameAs(booleans.constant(false));
    }

    @Test
    void rejectsEdgesThatDoNotCoverTheVariable() {
        NodeTable<Integer> forest = new NodeTable<>();
        List<Node.Edge<Integer>> edges = List.of(new Node.Edge<>(7, forest.leaf(1)));
        assertThatThrownBy(() -> forest.split(Variable.PORT, edges)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void variablesAscendOnEveryPath() {
        Node<Boolean> mixed = booleans.and(
                booleans.member(Variable.UID, IntervalSet.of(0)),
                booleans.and(port(80, 80), booleans.member(Variable.PROTOCOL, IntervalSet.of(6))));
        for (Node<Boolean> node : DiagramTraversal.topological(mixed)) {
            for (Node<Boolean> child : DiagramTraversal.children(node)) {
                assertThat(new Levels(TestOrder.PORTS_FIRST).compare(node, child))
                        .isNegative();
            }
        }
    }

    @Test
    void aWideIntervalIsTestedByItsHalves() {
        Random random = new Random(42);
        for (int i = 0; i < 300; i++) {
            U128 a = wide(random);
            U128 b = wide(random);
            Interval interval = a.compareTo(b) <= 0 ? new Interval(a, b) : new Interval(b, a);
            Node<Boolean> member = booleans.wideMember(IntervalSet.of(interval));
            for (U128 edge : List.of(interval.low(), interval.high())) {
                for (U128 probe : List.of(edge, edge.next(), edge.previous(), wide(random))) {
                    assertThat(Walking.at(member, probe)).isEqualTo(interval.contains(probe));
                }
            }
        }
    }

    private static U128 wide(Random random) {
        long[] corners = {0, 1, -1, -2, Long.MIN_VALUE, random.nextLong(), random.nextInt(4)};
        return new U128(corners[random.nextInt(corners.length)], corners[random.nextInt(corners.length)]);
    }

    private Node<Boolean> port(long low, long high) {
        return booleans.member(Variable.PORT, IntervalSet.range(low, high));
    }
}
