// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.rules.Key;
import org.ringwall.bench.rules.PacketRules;
import org.ringwall.bench.rules.Prefix;
import org.ringwall.bpf.kernel.Hook;

/**
 * Counts of packets and bytes: alone compared with C, and after the rules of a firewall compared
 * with systemd, which counts too.
 */
final class PacketCases {
    private static final int ASKED = 100;
    private static final PacketRules RULES = PacketRules.ofLoopback();

    private PacketCases() {}

    static List<StateCase> all() {
        List<Side> alone = new ArrayList<>();
        alone.add(Side.ours(Ringwall.TITLE, policy(""), Effect.counter("all")));
        for (String type : List.of("ARRAY", "PERCPU_ARRAY")) {
            alone.addAll(Side.inC(
                    type.equals("ARRAY") ? "array" : "percpu array",
                    "count_packets",
                    Keys.CPUS,
                    List.of("MAP=BPF_MAP_TYPE_" + type),
                    Side.Filling::nothing,
                    Effect.first("counts")));
        }
        String rules = "allow if remote.ip in { " + list(RULES.allowed())
                + " } { count all }\n  deny if remote.ip in { " + list(RULES.denied()) + " }\n  ";
        List<Side> firewall = List.of(
                Side.ours(Ringwall.TITLE, policy(rules), Effect.counter("all")),
                new Side("systemd 257", new Side.Firewall(RULES), Side.Filling::nothing, Effect.first("counters")));
        return List.of(one("alone", alone), one("firewall", firewall));
    }

    private static String policy(String rules) {
        return """
                policy bench
                counter all { packets: packets, bytes: bytes }
                packets egress {
                  %sdefault allow { count all }
                }
                """.formatted(rules);
    }

    private static String list(List<Prefix> prefixes) {
        return prefixes.stream().map(Prefix::toString).collect(Collectors.joining(", "));
    }

    /** Sends packets that the firewall allows, because systemd counts only these. */
    private static StateCase one(String kind, List<Side> sides) {
        SplittableRandom random = new SplittableRandom(0);
        List<Key> keys = Stream.generate(() -> RULES.draw(false, random))
                .filter(RULES::allows)
                .limit(ASKED)
                .toList();
        return new StateCase(
                kind,
                0,
                Hook.SKB_EGRESS,
                sides,
                new StateCase.Keys(keys, List.of(index -> true), List.of()),
                StateCase.Effects.each(1));
    }
}
