// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bpf.kernel.Hook;

/**
 * A verdict without effects, in a policy without state and in one whose other blocks have state.
 */
final class NoneCases {
    private static final int ASKED = 100;
    private static final String VERDICT = "on connect4 { deny if remote.port == 25; default allow }\n";
    private static final String KEPT = """
            live set closed : port max 1024
            rate binds 100/s
            counter all [uid] { tries: attempts } max 1024
            on bind4 {
              deny if local.port in closed { log at most 1/s; count all }
              allow within binds else deny
              default allow
            }
            """;

    private NoneCases() {}

    static List<StateCase> all() {
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(Ringwall.TITLE, "policy bench\n" + VERDICT, Effect::nothing));
        sides.add(Side.ours(Ringwall.TITLE + ", others keep", "policy bench\n" + KEPT + VERDICT, Effect::nothing));
        sides.addAll(Side.inC("", "none", Keys.CPUS, List.of(), Side.Filling::nothing, Effect::nothing));
        List<Integer> ports = Keys.mixedPorts(1, ASKED);
        StateCase.Keys keys =
                new StateCase.Keys(Keys.ports(ports), List.of(index -> ports.get(index) != 25), List.of());
        return List.of(new StateCase("connect", 0, Hook.CONNECT4, sides, keys, StateCase.Effects::none));
    }
}
