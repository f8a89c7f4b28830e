// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bpf.kernel.Hook;

/**
 * The same policy in force and under `monitor`, compared with C that counts and denies, and C that
 * counts and allows.
 */
final class MonitorCases {
    private static final int ASKED = 100;
    private static final String COUNTS = "counts";
    private static final String POLICY = """
            policy bench
            counter would { tries: attempts }
            on connect4 { deny if remote.port == 443 { count would }; default allow }
            """;

    private MonitorCases() {}

    static List<StateCase> all() {
        return List.of(
                one("in force", POLICY, List.of("DENY"), false), one("watched", "monitor " + POLICY, List.of(), true));
    }

    /** Every call is to the denied port. */
    private static StateCase one(String kind, String text, List<String> defines, boolean allowed) {
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(Ringwall.TITLE, text, Effect.counter("would")));
        List<String> array = new ArrayList<>(defines);
        array.add("MAP=BPF_MAP_TYPE_ARRAY");
        sides.addAll(Side.inC("array", "monitor", Keys.CPUS, array, Side.Filling::nothing, Effect.map(COUNTS)));
        List<String> global = new ArrayList<>(defines);
        global.add("GLOBAL");
        sides.addAll(Side.inC("global", "monitor", Keys.CPUS, global, Side.Filling::nothing, Effect.globals()));
        StateCase.Keys keys =
                new StateCase.Keys(Keys.to(Keys.addresses(ASKED, 0)), List.of(index -> allowed), List.of());
        return new StateCase(kind, 0, Hook.CONNECT4, sides, keys, StateCase.Effects.each(1));
    }
}
