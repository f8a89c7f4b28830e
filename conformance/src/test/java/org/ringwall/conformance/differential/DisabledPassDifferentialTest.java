// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;

/**
 * A test that reference and machine agree without any single optional pass or peephole step, and
 * without all of them: on verdicts, packets, names of Unix sockets, policies with state, and
 * tables.
 */
class DisabledPassDifferentialTest {
    private static final int REQUESTS = 96;

    /**
     * The share of policies that are tested, because each is compiled for each pass and byte order.
     */
    private static final int SHARE = 40;

    private static final int MOST_POLICIES = 8;

    /** The disabled passes, and a byte order. */
    record Taken(Set<String> names, ByteOrder order) {
        MachineMeaning machine() {
            return MachineMeaning.without(names);
        }

        @Override
        public String toString() {
            return (names.size() == 1 ? names.iterator().next() : "all") + ", " + order;
        }
    }

    static Stream<Taken> taken() {
        List<Set<String>> sets = new ArrayList<>();
        MachineMeaning.optional().forEach(name -> sets.add(Set.of(name)));
        sets.add(new LinkedHashSet<>(MachineMeaning.optional()));
        return sets.stream()
                .flatMap(names ->
                        Stream.of(new Taken(names, ByteOrder.LITTLE_ENDIAN), new Taken(names, ByteOrder.BIG_ENDIAN)));
    }

    private static Differential run(ByteOrder order) {
        Differential asks = Differential.ofProperties(REQUESTS);
        int policies = Math.min(MOST_POLICIES, Math.max(1, asks.policies() / SHARE));
        return new Differential(asks.seed(), policies, REQUESTS, order);
    }

    @ParameterizedTest
    @MethodSource("taken")
    void verdictsMatchTheReferenceWithoutThePass(Taken taken) {
        Differential run = run(taken.order());
        long asked = run.compare(PolicyGenerator::of, Meanings.REFERENCE, taken.machine())
                + run.compare(PolicyGenerator::ofPackets, Meanings.REFERENCE, taken.machine())
                + run.compare(PolicyGenerator::ofUnix, Meanings.REFERENCE, taken.machine());
        assertThat(asked).isEqualTo(3L * run.policies() * run.requests());
    }

    @ParameterizedTest
    @MethodSource("taken")
    void stateMatchesTheReferenceWithoutThePass(Taken taken) {
        Differential run = run(taken.order());
        long asked = 0;
        int tooLarge = 0;
        for (int i = 0; i < run.policies(); i++) {
            long seed = run.seed() + i;
            GeneratedPolicy generated = PolicyGenerator.ofState(seed);
            try {
                asked += StateDifferentialTest.run(generated, new RandomChoices(~seed), taken.order(), taken.machine());
            } catch (IllegalStateException e) {
                if (Differential.isTooLarge(e)) {
                    tooLarge++;
                    continue;
                }
                throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + generated.text(), e);
            }
        }
        assertThat(tooLarge).as("policies that are too large").isLessThanOrEqualTo(1 + run.policies() / 20);
        assertThat(asked).isEqualTo((long) (run.policies() - tooLarge) * StateDifferentialTest.REQUESTS);
    }

    @ParameterizedTest
    @MethodSource("taken")
    void tableLookupsMatchTheReferenceWithoutThePass(Taken taken) {
        RandomChoices choices = new RandomChoices(run(taken.order()).seed());
        List<Request> asked = TABLES.requests(choices, Map.of(), taken.order(), 500);
        assertThat(Differential.find(
                        TABLES.policy(), Map.of(), taken.order(), asked, Meanings.REFERENCE, taken.machine()))
                .isEmpty();
    }

    /**
     * A policy with more ports, devices, and prefixes of both families than any code compares one
     * by one.
     */
    private static final GeneratedPolicy TABLES = new GeneratedPolicy(tables(new Random(20261127)));

    private static Policy tables(Random random) {
        String text = """
                policy tables
                set ports = { %s }
                set nets = { %s }
                egress {
                  allow if proto == tcp and remote.port in ports
                  deny if remote.ip in nets and remote.port < 1024
                  allow if remote.ip in nets
                  default deny
                }
                devices {
                  allow rw if dev in { %s }
                  default deny
                }
                """.formatted(
                        several(500, () -> String.valueOf(1 + random.nextInt(65_535))),
                        several(1_000, () -> net(random)),
                        several(
                                1_000,
                                () -> (random.nextBoolean() ? "char " : "block ") + random.nextInt(64) + ":"
                                        + random.nextInt(256)));
        return TextMeaning.read(new SourceFile("tables.wall", text));
    }

    private static String net(Random random) {
        if (random.nextInt(4) == 0) {
            int length = 24 + random.nextInt(41);
            long bits = (0x2001L << 48 | random.nextLong() >>> 16) & -1L << 64 - length;
            return IntStream.of(48, 32, 16, 0)
                    .mapToObj(by -> Long.toHexString(bits >>> by & 0xffff))
                    .collect(Collectors.joining(":", "", "::/" + length));
        }
        int length = 12 + random.nextInt(21);
        int bits = (random.nextInt(223) + 1 << 24 | random.nextInt() >>> 8) & -1 << 32 - length;
        return IntStream.of(24, 16, 8, 0)
                .mapToObj(by -> String.valueOf(bits >>> by & 0xff))
                .collect(Collectors.joining(".", "", "/" + length));
    }

    private static String several(int count, Supplier<String> each) {
        Set<String> all = new LinkedHashSet<>();
        while (all.size() < count) {
            all.add(each.get());
        }
        return String.join(", ", all);
    }
}
