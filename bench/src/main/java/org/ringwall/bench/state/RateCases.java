// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bpf.kernel.Hook;

/** Rates compared with token buckets in C, with tokens left and without. */
final class RateCases {
    private static final int ASKED = 100;

    /** More tokens than a run takes. */
    private static final int PLENTY = 1_000_000;

    private RateCases() {}

    static List<StateCase> all() {
        List<StateCase> cases = new ArrayList<>();
        for (boolean keyed : List.of(false, true)) {
            cases.add(one("tokens", keyed, PLENTY + "/s", PLENTY, "NSEC_PER_SEC", List.of(index -> true)));
            // With one bucket, the first call takes the only token. With keyed buckets, the first
            // call of each key does.
            IntPredicate first = index -> keyed || index == 0;
            cases.add(one("spent", keyed, "1/h", 1, "(3600 * NSEC_PER_SEC)", List.of(first, index -> false)));
        }
        return cases;
    }

    private static StateCase one(
            String kind, boolean keyed, String rate, int burst, String per, List<IntPredicate> checks) {
        String text = """
                policy bench
                rate asks %s%s burst %d%s
                on connect4 {
                  allow within asks else deny
                  default allow
                }
                """.formatted(keyed ? "per remote.port " : "", rate, burst, keyed ? " max 1024" : "");
        List<String> defines = new ArrayList<>(List.of(
                "ENTRIES=" + (keyed ? 1024 : 1), "RATE=" + burst + "ULL", "PER=" + per, "BURST=" + burst + "ULL"));
        if (keyed) {
            defines.add("KEYED");
        }
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(Ringwall.TITLE, text, Effect::nothing));
        sides.addAll(Side.inC("spin lock", "rate", Keys.CPUS, defines, Side.Filling::nothing, Effect::nothing));
        List<String> lockless = new ArrayList<>(defines);
        lockless.add("LOCKLESS");
        // Compare-and-exchange requires -mcpu=v3.
        sides.addAll(Side.inC("lockless", "rate", List.of("v3"), lockless, Side.Filling::nothing, Effect::nothing));
        return new StateCase(
                (keyed ? "keyed, " : "one, ") + kind,
                0,
                Hook.CONNECT4,
                sides,
                new StateCase.Keys(Keys.ports(Keys.mixedPorts(1, ASKED)), checks, List.of()),
                StateCase.Effects::none);
    }
}
