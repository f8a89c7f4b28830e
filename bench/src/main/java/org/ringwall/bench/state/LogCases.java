// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bpf.kernel.Hook;

/** Records of `log` compared with a ring buffer and perf events in C. */
final class LogCases {
    private static final int ASKED = 100;

    /** The number of records that fit in every buffer. */
    private static final int AT_ONCE = 250;

    private LogCases() {}

    static List<StateCase> all() {
        List<Side> each = new ArrayList<>();
        each.add(Side.ours(Ringwall.TITLE, policy("log"), Records::ofPolicy));
        each.addAll(Side.inC("ring buffer", "log", Keys.CPUS, List.of(), Side.Filling::nothing, Records::ofRing));
        each.addAll(Side.inC("perf events", "log", Keys.CPUS, List.of("PERF"), Side.Filling::nothing, PerfRecords::of));
        List<Side> limited = new ArrayList<>();
        limited.add(Side.ours(Ringwall.TITLE, policy("log at most 1/s"), Records::ofPolicy));
        limited.addAll(Side.inC(
                "ring buffer", "log", Keys.CPUS, List.of("LIMITED"), Side.Filling::nothing, Records::ofRoomyRing));
        return List.of(
                one("each", each, AT_ONCE, StateCase.Effects.each(1)),
                one("at most 1/s", limited, 0, StateCase.Effects::onePerSecond));
    }

    private static String policy(String log) {
        return """
                policy bench
                on connect4 {
                  deny if remote.port == 443 { %s }
                  default allow
                }
                """.formatted(log);
    }

    private static StateCase one(String kind, List<Side> sides, int atOnce, StateCase.Effects effects) {
        StateCase.Keys keys = new StateCase.Keys(Keys.to(Keys.addresses(ASKED, 0)), List.of(index -> false), List.of());
        return new StateCase(kind, 0, Hook.CONNECT4, sides, keys, atOnce, effects);
    }
}
