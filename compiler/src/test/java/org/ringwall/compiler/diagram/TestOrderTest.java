// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

class TestOrderTest {
    private static final List<Variable> TESTED =
            List.of(Variable.PROTOCOL, Variable.PORT, Variable.IP6_HIGH, Variable.IP6_LOW, Variable.UID);

    private final Random random = new Random(3);

    @Test
    void bothOrdersGiveTheSameResult() {
        for (int round = 0; round < 50; round++) {
            List<Map<Variable, IntervalSet>> boxes = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                boxes.add(Map.of(some(), interval(), some(1), interval(), Variable.UID, interval()));
            }
            Node<Boolean> usual = anyOf(boxes, TestOrder.PORTS_FIRST);
            Node<Boolean> other = anyOf(boxes, TestOrder.ADDRESSES_FIRST);
            for (int i = 0; i < 500; i++) {
                Map<Variable, Long> request = Map.of(
                        Variable.PROTOCOL,
                        number(),
                        Variable.PORT,
                        number(),
                        Variable.IP6_HIGH,
                        number(),
                        Variable.IP6_LOW,
                        number(),
                        Variable.UID,
                        number());
                boolean first = Walking.to(usual, variable -> value(request, variable), Map.of());
                assertThat(Walking.to(other, variable -> value(request, variable), Map.of()))
                        .isEqualTo(first);
            }
        }
    }

    @Test
    void addressesFirstMovesOnlyAddressesBeforeTheirPorts() {
        assertThat(TestOrder.ADDRESSES_FIRST.rank(Variable.IP4)).isLessThan(rank(Variable.PORT));
        assertThat(TestOrder.ADDRESSES_FIRST.rank(Variable.IP6_LOW)).isLessThan(rank(Variable.PORT));
        assertThat(rank(Variable.PORT)).isLessThan(rank(Variable.LOCAL_IP4));
        assertThat(rank(Variable.PACKET_TRANSPORT)).isLessThan(rank(Variable.PACKET_REMOTE_PORT));
        assertThat(rank(Variable.PACKET_LOCAL_IP6_LOW)).isLessThan(rank(Variable.PACKET_REMOTE_PORT));
        assertThat(rank(Variable.PACKET_LOCAL_PORT)).isLessThan(rank(Variable.STAMPED));
        for (Variable variable : Variable.values()) {
            assertThat(TestOrder.PORTS_FIRST.rank(variable)).isEqualTo(variable.ordinal());
        }
    }

    private static int rank(Variable variable) {
        return TestOrder.ADDRESSES_FIRST.rank(variable);
    }

    private static long value(Map<Variable, Long> request, Variable variable) {
        return request.getOrDefault(variable, 0L);
    }

    private static Node<Boolean> anyOf(List<Map<Variable, IntervalSet>> boxes, TestOrder order) {
        ConditionBuilder booleans = new ConditionBuilder(
                Map.of(), new ConditionBuilder.Manner(order, RuleForm.DIAGRAM), Budget.unlimited());
        return booleans.any(boxes.stream()
                .map(box -> booleans.all(box.entrySet().stream()
                        .map(entry -> booleans.member(entry.getKey(), entry.getValue()))
                        .toList()))
                .toList());
    }

    private Variable some() {
        return TESTED.get(random.nextInt(2));
    }

    private Variable some(int half) {
        return TESTED.get(2 * half + random.nextInt(2));
    }

    private IntervalSet interval() {
        long low = number();
        return IntervalSet.of(Interval.of(low, low + random.nextInt(40)));
    }

    private long number() {
        return random.nextInt(100);
    }
}
