// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.rules.Key;
import org.ringwall.bpf.kernel.Hook;

/**
 * Writes that change what the kernel proceeds with: options of sockets and connections, replies to
 * TCP, values of sysctls.
 */
final class WriteCases {
    private static final int ASKED = 100;
    private static final int SOL_IP = 0;
    private static final int IP_TTL = 2;
    private static final int MOST_TTL = 64;
    private static final String COOKIES = "net/ipv4/tcp_syncookies";

    private WriteCases() {}

    /** Checks the option after setsockopt, and whether both ends use ECN after needs_ecn. */
    static List<StateCase> sockOps() {
        return List.of(
                tuned(
                        "setsockopt",
                        "active_established { setsockopt TCP_USER_TIMEOUT = 5000 }",
                        List.of(),
                        "5000/none"),
                tuned("reply", "needs_ecn { reply 1 }", List.of("REPLY"), "0/ecn"));
    }

    private static StateCase tuned(String kind, String rule, List<String> defines, String found) {
        String text = "policy bench\non sock_ops { when " + rule + " }\n";
        return new StateCase(
                kind,
                0,
                Hook.SOCK_OPS,
                sides(text, "sock_ops", defines),
                new StateCase.Connections(1, Optional.of(new StateCase.Told(found))),
                StateCase.Effects::none);
    }

    /**
     * Clamps the value at setsockopt, which half of the calls exceed, and replaces value and length
     * at getsockopt.
     */
    static List<StateCase> sockopt() {
        List<Key> set = new ArrayList<>();
        List<StateCase.Told> kept = new ArrayList<>();
        for (int i = 0; i < ASKED; i++) {
            int ttl = i % 2 == 0 ? 1 + i % MOST_TTL : MOST_TTL + i;
            set.add(new Key.SetOption(SOL_IP, IP_TTL, ttl));
            kept.add(new StateCase.Told(Math.min(ttl, MOST_TTL) + "/4"));
        }
        String clamped = """
                policy bench
                on setsockopt { when option == IP_TTL and optval > %d { assign optval = %d }; default allow }
                """.formatted(MOST_TTL, MOST_TTL);
        String told = """
                policy bench
                on getsockopt { when option == IP_TTL { assign optval = 9; assign optlen = 2 }; default allow }
                """;
        List<Key> get = Collections.nCopies(ASKED, new Key.GetOption(SOL_IP, IP_TTL));
        return List.of(
                written("optval", Hook.SETSOCKOPT, sides(clamped, "sockopt", List.of()), set, kept),
                written(
                        "optval and optlen",
                        Hook.GETSOCKOPT,
                        sides(told, "sockopt", List.of("GET")),
                        get,
                        Collections.nCopies(ASKED, new StateCase.Told("9/2"))));
    }

    /** Replaces writes of 0 or 2 by 1. */
    static List<StateCase> sysctl() {
        String text = """
                policy bench
                on sysctl { when write and name == "%s" { assign new_value = "1" }; default allow }
                """.formatted(COOKIES);
        List<Key> keys = IntStream.range(0, ASKED)
                .mapToObj(i -> (Key) new Key.Write(COOKIES, i % 2 == 0 ? "0" : "2"))
                .toList();
        return List.of(written(
                "new value",
                Hook.SYSCTL,
                sides(text, "sysctl_override", List.of()),
                keys,
                Collections.nCopies(ASKED, new StateCase.Told("1"))));
    }

    private static List<Side> sides(String text, String file, List<String> defines) {
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(Ringwall.TITLE, text, Effect::nothing));
        sides.addAll(Side.inC("", file, Keys.CPUS, defines, Side.Filling::nothing, Effect::nothing));
        return sides;
    }

    private static StateCase written(
            String kind, Hook hook, List<Side> sides, List<Key> keys, List<StateCase.Told> found) {
        StateCase.Keys calls = new StateCase.Keys(keys, List.of(index -> true), found);
        return new StateCase(kind, 0, hook, sides, calls, StateCase.Effects::none);
    }
}
