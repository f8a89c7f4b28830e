// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bpf.kernel.Hook;

/** Counters compared with maps in which C counts. */
final class CountCases {
    private static final List<Integer> KEYS = List.of(1, 100, 10_000);
    private static final String COUNTS = "counts";

    private CountCases() {}

    static List<StateCase> constant() {
        String text = """
                policy bench
                counter all { tries: attempts }
                on connect4 { default allow { count all } }
                """;
        return List.of(new StateCase(
                "connect",
                0,
                Hook.CONNECT4,
                unkeyed("count_connect", text),
                Keys.allowed(100),
                StateCase.Effects.each(1)));
    }

    static List<StateCase> sockOps() {
        String text = """
                policy bench
                counter all { opened: connections }
                on sock_ops { when active_established or passive_established { count all } }
                """;
        return IntStream.rangeClosed(1, 2)
                .mapToObj(processors -> new StateCase(
                        "processors",
                        processors,
                        Hook.SOCK_OPS,
                        unkeyed("count_sock_ops", text),
                        new StateCase.Connections(processors, Optional.empty()),
                        StateCase.Effects.each(2)))
                .toList();
    }

    private static List<Side> unkeyed(String file, String text) {
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(Ringwall.TITLE, text, Effect.counter("all")));
        inMap(sides, "hash", file, "HASH", List.of());
        inMap(sides, "percpu hash", file, "PERCPU_HASH", List.of());
        inMap(sides, "array", file, "ARRAY", List.of());
        inMap(sides, "percpu array", file, "PERCPU_ARRAY", List.of());
        sides.addAll(Side.inC("global", file, Keys.CPUS, List.of("GLOBAL"), Side.Filling::nothing, Effect.globals()));
        return sides;
    }

    private static void inMap(
            List<Side> sides, String title, String file, String type, List<String> defines, String... more) {
        List<String> all = new ArrayList<>(defines);
        all.addAll(List.of(more));
        all.add("MAP=BPF_MAP_TYPE_" + type);
        sides.addAll(Side.inC(title, file, Keys.CPUS, all, Side.Filling::nothing, Effect.map(COUNTS)));
    }

    static List<StateCase> keyed(int most) {
        return KEYS.stream()
                .filter(keys -> keys <= most)
                .map(CountCases::keyedBy)
                .toList();
    }

    /** The maps have room for twice as many keys, so that no key evicts another. */
    private static StateCase keyedBy(int keys) {
        String text = """
                policy bench
                counter all [remote.ip, remote.port] { tries: attempts } max %d%s
                on connect4 { default allow { count all } }
                """;
        int room = Math.max(2 * keys, 1024);
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(Ringwall.TITLE, text.formatted(room, ""), Effect.counter("all")));
        sides.add(Side.ours(Ringwall.TITLE + " lru", text.formatted(room, " lru"), Effect.counter("all")));
        List<String> defines = List.of("ENTRIES=" + room);
        inMap(sides, "hash", "count_keyed", "HASH", defines);
        inMap(sides, "percpu hash", "count_keyed", "PERCPU_HASH", defines);
        inMap(sides, "hash, both families", "count_keyed", "HASH", defines, "BOTH");
        inMap(sides, "percpu hash, both families", "count_keyed", "PERCPU_HASH", defines, "BOTH");
        inMap(sides, "lru hash", "count_keyed", "LRU_HASH", defines);
        inMap(sides, "lru percpu hash", "count_keyed", "LRU_PERCPU_HASH", defines);
        inMap(sides, "percpu hash, atomic", "count_keyed", "PERCPU_HASH", defines, "ATOMIC");
        inMap(sides, "lru percpu hash, atomic", "count_keyed", "LRU_PERCPU_HASH", defines, "ATOMIC");
        inMap(sides, "percpu hash, atomic, word", "count_keyed", "PERCPU_HASH", defines, "ATOMIC", "WORD");
        inMap(sides, "lru percpu hash, atomic, word", "count_keyed", "LRU_PERCPU_HASH", defines, "ATOMIC", "WORD");
        return new StateCase("keys", keys, Hook.CONNECT4, sides, Keys.allowed(keys), StateCase.Effects.each(1));
    }
}
