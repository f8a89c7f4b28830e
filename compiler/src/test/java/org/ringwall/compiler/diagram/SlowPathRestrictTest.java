// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SlowPathRestrictTest {
    private static final List<Variable> ORDER = List.of(
            Variable.MARK,
            Variable.PACKET_FAMILY,
            Variable.PACKET_PROTOCOL,
            Variable.PACKET_FRAGMENT,
            Variable.PACKET_TRANSPORT,
            Variable.PACKET_FLAGS_CUT,
            Variable.PACKET_REMOTE_PORT);
    private static final Map<Variable, Restrict.Range> PLAIN = Map.of(
            Variable.PACKET_FAMILY, new Restrict.Range(2, 10),
            Variable.PACKET_PROTOCOL, new Restrict.Range(0, Variable.UNKNOWN_PROTOCOL - 1L),
            Variable.PACKET_FRAGMENT, Restrict.Range.of(0),
            Variable.PACKET_TRANSPORT, Restrict.Range.of(0),
            Variable.PACKET_FLAGS_CUT, Restrict.Range.of(0));
    private static final List<Long> PROTOCOLS = List.of(0L, 1L, 5L, 6L, 7L, 17L, 50L, 255L);

    private final NodeTable<Integer> forest = new NodeTable<>();
    private final Random random = new Random(20261126);

    /** Generates a diagram that tests the variables from this one on. */
    private Node<Integer> randomDiagram(int from) {
        if (from == ORDER.size() || random.nextInt(16) == 0) {
            return forest.leaf(random.nextInt(3));
        }
        Variable variable = ORDER.get(from);
        if (random.nextInt(6) == 0) {
            return randomDiagram(from + 1);
        }
        TreeSet<Long> highs = new TreeSet<>(List.of(variable.max()));
        for (int i = random.nextInt(3); i >= 0; i--) {
            highs.add((long) random.nextInt(variable == Variable.PACKET_PROTOCOL ? 258 : 3));
        }
        List<Node.Edge<Integer>> edges = new ArrayList<>();
        highs.forEach(high -> edges.add(new Node.Edge<>(high, randomDiagram(from + 1))));
        return forest.split(variable, edges);
    }

    /** Generates a packet that a program can receive, plain or not. */
    private Map<Variable, Long> packet() {
        Map<Variable, Long> values = new EnumMap<>(Variable.class);
        ORDER.forEach(variable -> values.put(variable, 0L));
        values.put(Variable.MARK, (long) random.nextInt(4));
        values.put(Variable.PACKET_FAMILY, List.of(0L, 2L, 10L).get(random.nextInt(3)));
        values.put(Variable.PACKET_PROTOCOL, PROTOCOLS.get(random.nextInt(PROTOCOLS.size())));
        values.put(Variable.PACKET_REMOTE_PORT, (long) random.nextInt(4));
        long state = random.nextInt(3);
        values.put(Variable.PACKET_TRANSPORT, state);
        values.put(Variable.PACKET_FRAGMENT, state == 1 ? 1L : random.nextInt(2));
        boolean none = values.getOrDefault(Variable.PACKET_FAMILY, 0L) == 0;
        if (none || random.nextInt(4) == 0) {
            long unknown = none || random.nextBoolean() ? 2 : 1;
            values.put(Variable.PACKET_PROTOCOL, (long) Variable.UNKNOWN_PROTOCOL);
            values.put(Variable.PACKET_FRAGMENT, unknown);
            values.put(Variable.PACKET_TRANSPORT, unknown);
        } else if (state == 0 && values.getOrDefault(Variable.PACKET_PROTOCOL, 0L) == 6) {
            values.put(Variable.PACKET_FLAGS_CUT, (long) random.nextInt(2));
        }
        return values;
    }

    private static boolean isPlain(Map<Variable, Long> packet) {
        return PLAIN.entrySet().stream().allMatch(entry -> {
            long value = packet.getOrDefault(entry.getKey(), -1L);
            return value >= entry.getValue().low() && value <= entry.getValue().high();
        });
    }

    @Test
    void keepsTheVerdictOfPacketsThatAreNotPlain() {
        int changed = 0;
        for (int i = 0; i < 500; i++) {
            Node<Integer> decision = randomDiagram(0);
            Node<Integer> other = new SlowPathRestrict<>(forest, PLAIN).of(decision);
            changed += other == decision ? 0 : 1;
            for (int n = 0; n < 200; n++) {
                Map<Variable, Long> packet = packet();
                if (!isPlain(packet)) {
                    assertThat(Walking.to(other, packet::get, Map.of()))
                            .as("%s", packet)
                            .isEqualTo(Walking.to(decision, packet::get, Map.of()));
                }
            }
        }
        assertThat(changed).isGreaterThan(50);
    }

    @Test
    void removesTestsThatOnlyPlainPacketsReach() {
        Node<Integer> deny = forest.leaf(0);
        Node<Integer> port = split(Variable.PACKET_REMOTE_PORT, 3, deny, forest.leaf(1));
        Node<Integer> flags = split(Variable.PACKET_FLAGS_CUT, 0, port, deny);
        Node<Integer> transport = split(Variable.PACKET_TRANSPORT, 0, flags, deny);
        Node<Integer> whole = split(Variable.PACKET_FRAGMENT, 0, transport, deny);
        Map<Variable, Restrict.Range> plain = new EnumMap<>(PLAIN);
        plain.remove(Variable.PACKET_FAMILY);
        assertThat(new SlowPathRestrict<>(forest, plain).of(whole)).isSameAs(deny);
        plain.remove(Variable.PACKET_FLAGS_CUT);
        assertThat(new SlowPathRestrict<>(forest, plain).of(whole)).isSameAs(deny);
    }

    /**
     * A packet may be not plain because it is a fragment, but still have its ports. Rules on ports
     * are then still tested.
     */
    @Test
    void keepsTestsOfPropertiesNotFoundToBePlain() {
        Node<Integer> port = split(Variable.PACKET_REMOTE_PORT, 3, forest.leaf(0), forest.leaf(1));
        Node<Integer> there = split(Variable.PACKET_TRANSPORT, 0, port, forest.leaf(2));
        Map<Variable, Restrict.Range> plain = new EnumMap<>(PLAIN);
        plain.remove(Variable.PACKET_FAMILY);
        plain.remove(Variable.PACKET_FLAGS_CUT);
        assertThat(new SlowPathRestrict<>(forest, plain).of(there)).isSameAs(there);
        plain.remove(Variable.PACKET_FRAGMENT);
        assertThat(new SlowPathRestrict<>(forest, plain).of(there)).isSameAs(forest.leaf(2));
    }

    private Node<Integer> split(Variable variable, long high, Node<Integer> low, Node<Integer> rest) {
        return forest.split(variable, List.of(new Node.Edge<>(high, low), new Node.Edge<>(variable.max(), rest)));
    }
}
