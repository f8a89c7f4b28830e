// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.ringwall.bench.rules.AddressRules;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bench.rules.PacketRules;
import org.ringwall.bench.rules.PortRules;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bench.rules.SysctlRules;
import org.ringwall.bench.rules.TupleRules;
import org.ringwall.bench.rules.TupleRules.Shape;

/** A kind of rules, the sizes at which it is measured, and its contestants. */
public enum Workload {
    PORTS("ports", "remote ports that are allowed", List.of(2, 10, 50, 500), PortRules::drawn, Kind.PORTS),
    PREFIXES4(
            "prefixes-v4",
            "IPv4 prefixes that are denied",
            List.of(10, 100, 1_000, 10_000, 100_000, 1_000_000),
            AddressRules::prefixes4,
            Kind.PREFIXES4),
    PREFIXES6(
            "prefixes-v6",
            "IPv6 prefixes that are denied",
            List.of(10, 100, 1_000, 10_000),
            AddressRules::prefixes6,
            Kind.PREFIXES6),
    ADDRESSES(
            "addresses",
            "single IPv4 addresses that are denied",
            List.of(10, 100, 1_000, 10_000, 100_000),
            AddressRules::exact,
            Kind.ADDRESSES),
    DEFAULTS_RUNC(
            "defaults-runc",
            "what runc lets every container use",
            List.of(11),
            (size, random) -> DeviceRules.ofRunc(),
            Kind.RUNC),
    DEFAULTS_CRUN(
            "defaults-crun",
            "what crun lets every container use",
            List.of(13),
            (size, random) -> DeviceRules.ofCrun(),
            Kind.CRUN),
    DEFAULTS_DOCKER(
            "defaults-docker",
            "what Docker lets every container use",
            List.of(12),
            (size, random) -> DeviceRules.ofDocker(),
            Kind.DOCKER),
    DEFAULTS_SYSTEMD(
            "defaults-systemd",
            "DevicePolicy=closed of systemd",
            List.of(10),
            (size, random) -> DeviceRules.ofSystemd(),
            Kind.SYSTEMD),
    DEVICES(
            "devices",
            "devices that may be read and written",
            List.of(10, 100, 1_000),
            DeviceRules::drawn,
            Kind.DEVICES),
    PACKETS(
            "packets",
            "2 prefixes that are denied but for 1, for each packet",
            List.of(3),
            (size, random) -> PacketRules.ofLoopback(),
            Kind.PACKETS),
    SYSCTL(
            "sysctl",
            "beginnings of sysctl names that are denied, net of the call that gets the name",
            List.of(10, 100),
            (size, random) -> SysctlRules.drawn(size, SysctlRules.ofThisMachine(), random),
            Kind.SYSCTL),
    SHARED_PORTS("tuples-shared-ports", "address × port × protocol, eight ports", Shape.SHARED_PORTS),
    DISTINCT_PORTS("tuples-distinct-ports", "address × port × protocol, a port each", Shape.DISTINCT_PORTS),
    NESTED_PREFIXES("tuples-nested-prefixes", "address × port × protocol, towers of prefixes", Shape.NESTED_PREFIXES),
    OVERLAPPING_PREFIXES(
            "tuples-overlapping-prefixes",
            "address × port × protocol, prefixes in no order",
            Shape.OVERLAPPING_PREFIXES);

    private static final long SEED = 0x72696e67;

    /** The contestants apart from Ringwall. */
    private enum Kind {
        PORTS,
        PREFIXES4,
        PREFIXES6,
        ADDRESSES,
        RUNC,
        CRUN,
        DOCKER,
        SYSTEMD,
        DEVICES,
        PACKETS,
        SYSCTL,
        TUPLES
    }

    private final String title;
    private final String meaning;
    private final List<Integer> sizes;
    private final BiFunction<Integer, SplittableRandom, RuleList> draw;
    private final Kind kind;

    Workload(
            String title,
            String meaning,
            List<Integer> sizes,
            BiFunction<Integer, SplittableRandom, RuleList> draw,
            Kind kind) {
        this.title = title;
        this.meaning = meaning;
        this.sizes = sizes;
        this.draw = draw;
        this.kind = kind;
    }

    Workload(String title, String meaning, Shape shape) {
        this(
                title,
                meaning,
                List.of(10, 100, 1_000),
                (size, random) -> TupleRules.drawn(shape, size, random),
                Kind.TUPLES);
    }

    /** Returns the workloads with this title, or whose titles begin with it and a hyphen. */
    public static List<Workload> named(String word) {
        return Arrays.stream(values())
                .filter(workload -> workload.title.equals(word) || workload.title.startsWith(word + "-"))
                .toList();
    }

    /** Returns its name in commands and tables. */
    public String title() {
        return title;
    }

    /** Returns a short description of its rules. */
    public String meaning() {
        return meaning;
    }

    /** Returns the sizes, in numbers of rules. */
    public List<Integer> sizes() {
        return sizes;
    }

    /** Returns the rules of one size. They are the same in every run on one machine. */
    public RuleList rules(int size) {
        return draw.apply(size, new SplittableRandom(SEED + size));
    }

    /** Returns the contestants that Ringwall is compared with. */
    public List<Contestant> rivals() {
        return switch (kind) {
            case PORTS ->
                with(
                        both("switch", "ports_switch"),
                        Clang.withMap("hash map", "ports_hash", Entries::ports),
                        new Bpfilter());
            case PREFIXES4 ->
                with(
                        join(both("if-chain", "addresses4_chain"), both("binary search", "addresses4_search")),
                        Clang.withMap("LPM trie", "addresses4_lpm", Entries::prefixes),
                        new Bpfilter());
            case PREFIXES6 ->
                with(
                        join(both("if-chain", "addresses6_chain"), both("binary search", "addresses6_search")),
                        Clang.withMap("LPM trie", "addresses6_lpm", Entries::prefixes));
            case ADDRESSES ->
                with(
                        join(
                                both("switch", "addresses4_switch"),
                                List.of(Clang.of("binary search", "v3", "addresses4_search"))),
                        Clang.withMap("hash map", "addresses4_hash", Entries::addresses));
            case RUNC -> with(join(devices(), both("switch", "devices_switch")), Recorded.of("runc 1.1", "runc"));
            case CRUN -> with(join(devices(), both("switch", "devices_switch")), Recorded.of("crun 1.21", "crun"));
            case DOCKER -> with(join(devices(), both("switch", "devices_switch")), DeviceFilter.RUNC);
            case SYSTEMD -> with(devices(), Recorded.of("systemd 257", "systemd-devices"));
            case DEVICES ->
                with(
                        devices(),
                        Clang.withMap("hash map", "devices_hash", Entries::devices),
                        DeviceFilter.RUNC,
                        DeviceFilter.CRUN,
                        DeviceFilter.SYSTEMD);
            case PACKETS -> with(both("direct access", "packets_direct"), Recorded.systemdFirewall());
            case SYSCTL ->
                with(
                        both("memcmp", "sysctl_memcmp"),
                        Clang.of("bpf_strncmp", "v3", "sysctl_strncmp"),
                        Clang.withMap("LPM trie", "sysctl_lpm", Entries::names));
            case TUPLES -> with(both("if-chain", "tuples_chain"), new TupleTrie(), new Bpfilter());
        };
    }

    private static List<Contestant> devices() {
        return both("if-chain", "devices_chain");
    }

    private static List<Contestant> both(String title, String source) {
        return List.of(Clang.of(title, "v1", source), Clang.of(title, "v3", source));
    }

    private static List<Contestant> join(List<Contestant> some, List<Contestant> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    private static List<Contestant> with(List<Contestant> some, Contestant... others) {
        return join(some, List.of(others));
    }

    /** A trie returns the longest prefix, which is not always the first matching rule. */
    private static final class TupleTrie implements Contestant {
        private final Contestant trie = Clang.withMap("LPM trie", "tuples_lpm", Entries::tuples);

        @Override
        public String title() {
            return trie.title();
        }

        @Override
        public Image make(RuleList rules, Workshop shop) throws Refusal {
            if (!((TupleRules) rules).longestDecides()) {
                throw new Refusal("cannot say it", "the first rule that matches is not the one of the longest prefix");
            }
            return trie.make(rules, shop);
        }
    }
}
