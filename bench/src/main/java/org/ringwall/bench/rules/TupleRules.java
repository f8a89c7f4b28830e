// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;

/**
 * Rules with address, port and protocol. The first matching rule decides; the default is to deny.
 */
public record TupleRules(List<TupleRule> rules) implements RuleList {
    private static final int FIRST_PORT = 1_024;

    /** Coprime to the step between ports, so that each rule up to this number has its own. */
    private static final int PORTS = 64_500;

    private static final int[] POOL = {22, 53, 80, 123, 443, 3128, 5432, 8443};

    /** The relation between the rules of a list. */
    public enum Shape {
        /** Distinct prefixes with eight ports. */
        SHARED_PORTS,
        /** Distinct prefixes, each with its own port. */
        DISTINCT_PORTS,
        /** Nested prefixes on one port, the longest first, with alternating verdicts. */
        NESTED_PREFIXES,
        /** Prefixes of all lengths in a small part of the space, in random order. */
        OVERLAPPING_PREFIXES
    }

    public TupleRules {
        rules = List.copyOf(rules);
    }

    /** Returns this many distinct rules. */
    public static TupleRules drawn(Shape shape, int size, SplittableRandom random) {
        Set<TupleRule> rules = new LinkedHashSet<>();
        while (rules.size() < size) {
            switch (shape) {
                case SHARED_PORTS -> rules.add(apart(random, POOL[random.nextInt(POOL.length)]));
                case DISTINCT_PORTS -> rules.add(apart(random, FIRST_PORT + 7 * rules.size() % PORTS));
                case NESTED_PREFIXES ->
                    tower(random).stream().limit(size - rules.size()).forEach(rules::add);
                case OVERLAPPING_PREFIXES -> rules.add(crowded(random));
            }
        }
        return new TupleRules(List.copyOf(rules));
    }

    private static TupleRule apart(SplittableRandom random, int port) {
        return new TupleRule(true, random.nextBoolean(), Prefix.of(Address.anyV4(random), 24), port);
    }

    private static List<TupleRule> tower(SplittableRandom random) {
        Address address = Address.anyV4(random);
        boolean tcp = random.nextBoolean();
        int port = POOL[random.nextInt(4)];
        List<TupleRule> tower = new ArrayList<>();
        for (int length = 28; length >= 12; length -= 4) {
            tower.add(new TupleRule(length % 8 == 4, tcp, Prefix.of(address, length), port));
        }
        return tower;
    }

    private static TupleRule crowded(SplittableRandom random) {
        Prefix prefix = Prefix.of(Address.v4(11L << 24 | random.nextLong(1 << 24)), random.nextInt(12, 25));
        return new TupleRule(random.nextBoolean(), random.nextBoolean(), prefix, POOL[random.nextInt(4)]);
    }

    /**
     * Returns whether the first rule that matches a key always has the longest prefix, or the same
     * verdict as that rule. A trie then returns the verdict of the rules.
     */
    public boolean longestDecides() {
        for (int i = 0; i < rules.size(); i++) {
            for (int j = i + 1; j < rules.size(); j++) {
                TupleRule first = rules.get(i);
                TupleRule later = rules.get(j);
                if (first.meets(later)
                        && first.prefix().length() < later.prefix().length()
                        && first.allow() != later.allow()) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public Hook hook() {
        return Hook.CONNECT4;
    }

    @Override
    public int size() {
        return rules.size();
    }

    @Override
    public String policy() {
        return rules.stream()
                .map(rule -> "  " + rule.text() + "\n")
                .collect(Collectors.joining("", "policy tuples\n\non connect4 {\n", "  default deny\n}\n"));
    }

    /** Returns `TUPLE(verdict, protocol, port, network, length)`. */
    @Override
    public String header() {
        return rules.stream()
                .map(rule ->
                        "TUPLE(" + (rule.allow() ? 1 : 0) + ", " + (rule.tcp() ? 6 : 17) + ", " + rule.port() + ", 0x"
                                + Long.toHexString(rule.prefix().base().low()) + "u, "
                                + rule.prefix().length() + ")\n")
                .collect(Collectors.joining());
    }

    @Override
    public boolean allows(Key key) {
        return key instanceof Key.Connect connect
                && rules.stream()
                        .filter(rule -> rule.matches(connect))
                        .findFirst()
                        .map(TupleRule::allow)
                        .orElse(false);
    }

    @Override
    public boolean names(Key key) {
        return key instanceof Key.Connect connect && rules.stream().anyMatch(rule -> rule.matches(connect));
    }

    /** A miss differs from a rule in one of the three fields. */
    @Override
    public Key draw(boolean hit, SplittableRandom random) {
        TupleRule rule = rules.get(random.nextInt(rules.size()));
        Address address = rule.prefix().base().within(rule.prefix().length(), random);
        Key.Connect key = new Key.Connect(rule.tcp(), address, rule.port());
        if (hit) {
            return key;
        }
        return switch (random.nextInt(3)) {
            case 0 -> new Key.Connect(!key.tcp(), address, key.port());
            case 1 -> new Key.Connect(key.tcp(), address, random.nextInt(1, 1 << 16));
            default -> new Key.Connect(key.tcp(), Address.anyV4(random), key.port());
        };
    }
}
