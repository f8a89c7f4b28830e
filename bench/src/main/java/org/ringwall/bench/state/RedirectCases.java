// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.rules.Address;
import org.ringwall.bpf.kernel.Hook;

/** Redirects compared with C that writes the same address: to one destination, and by a table. */
final class RedirectCases {
    private static final List<Integer> SIZES = List.of(10, 1_000);
    private static final int PORT = 443;
    private static final int PROXY = 3128;
    private static final Address LOOPBACK = Address.v4(0x7f00_0001);

    private RedirectCases() {}

    static List<StateCase> all(int most) {
        List<StateCase> cases = new ArrayList<>();
        cases.add(literal());
        SIZES.stream().filter(size -> size <= most).map(RedirectCases::table).forEach(cases::add);
        return cases;
    }

    private static StateCase literal() {
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(
                Ringwall.TITLE,
                "policy bench\non connect4 { redirect 127.0.0.1:3128 if remote.port == 443; default allow }\n",
                Effect::nothing));
        sides.addAll(inC("", List.of(), Side.Filling::nothing));
        List<Address> from = Keys.addresses(100, 0);
        return one(
                "literal",
                0,
                sides,
                from,
                from.stream().map(asked -> peer(LOOPBACK, PROXY, asked)).toList());
    }

    private static StateCase table(int size) {
        String text = """
                policy bench
                table to [remote.ip, remote.port] within { 127.0.0.0/8 } : 1024..65535 max %d default deny
                on connect4 { redirect to if remote.port == 443; default allow }
                """.formatted(2 * size);
        List<Address> from = Keys.addresses(size, 0);
        List<List<String>> entries = new ArrayList<>();
        List<byte[]> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        List<StateCase.Peer> peers = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Address to = Address.v4(LOOPBACK.low() + i);
            int port = PROXY + i;
            entries.add(List.of(from.get(i).toString(), Integer.toString(PORT), "=", to + ":" + port));
            keys.add(Keys.join(Keys.network(from.get(i)), Keys.network(PORT)));
            values.add(Keys.join(Keys.network(to), Keys.network(port)));
            peers.add(peer(to, port, from.get(i)));
        }
        List<Side> sides = new ArrayList<>();
        sides.add(Side.ours(
                Ringwall.TITLE,
                text,
                whole -> {
                    try (var state = whole.loader().change(whole.instance())) {
                        state.table("to", table -> table.set(entries));
                    }
                },
                Effect::nothing));
        sides.addAll(inC("hash", List.of("TABLE", "ENTRIES=" + 2 * size), Keys.entries(keys, values)));
        return one("table", size, sides, from, peers);
    }

    /**
     * Returns the C programs with and without the original destination that getpeername returns, as
     * Ringwall does.
     */
    private static List<Side> inC(String title, List<String> defines, Side.Filling filling) {
        List<String> hiding = new ArrayList<>(defines);
        hiding.add("HIDE");
        List<Side> sides =
                new ArrayList<>(Side.inC(title + " origin", "redirect", Keys.CPUS, hiding, filling, Effect::nothing));
        sides.addAll(Side.inC(title, "redirect", Keys.CPUS, defines, filling, Effect::nothing));
        return sides;
    }

    private static StateCase.Peer peer(Address address, int port, Address asked) {
        return new StateCase.Peer(hex(address, port), hex(asked, PORT));
    }

    private static String hex(Address address, int port) {
        return HexFormat.of().formatHex(address.bytes()) + HexFormat.of().toHexDigits((short) port);
    }

    private static StateCase one(
            String kind, int size, List<Side> sides, List<Address> from, List<StateCase.Peer> peers) {
        StateCase.Keys keys = new StateCase.Keys(Keys.to(from), List.of(index -> true), peers);
        return new StateCase(kind, size, Hook.CONNECT4, sides, keys, StateCase.Effects::none);
    }
}
