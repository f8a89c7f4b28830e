// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.rules.Address;
import org.ringwall.bench.rules.Key;
import org.ringwall.bpf.kernel.Hook;

/**
 * Live sets compared with hash maps and LPM tries, for addresses with both types of set. Members
 * are denied.
 */
final class SetCases {
    private static final List<Integer> SIZES = List.of(10, 100, 1_000, 10_000);
    private static final int MISSES = 4_096;
    private static final int LENGTH = 24;

    private SetCases() {}

    static List<StateCase> all(int most) {
        List<StateCase> cases = new ArrayList<>();
        for (int size : SIZES) {
            if (size <= most) {
                addresses(cases, size);
                prefixes(cases, size);
                ports(cases, size);
            }
        }
        return cases;
    }

    private static void addresses(List<StateCase> cases, int size) {
        List<Address> all = Keys.addresses(size + MISSES, 1);
        List<Address> in = all.subList(0, size);
        List<String> entries = in.stream().map(Address::toString).toList();
        List<Side> sides = new ArrayList<>(sides(
                "ip",
                "remote.ip",
                "set_addresses",
                size,
                entries,
                in.stream().map(Keys::network).toList()));
        sides.add(1, ours(Ringwall.TITLE + ", net", "net", "remote.ip", size, entries));
        both(cases, "addresses", size, sides, Keys.to(in), Keys.to(all.subList(size, all.size())));
    }

    private static void prefixes(List<StateCase> cases, int size) {
        List<Address> all = Keys.addresses(2 * (size + MISSES), 2).stream()
                .map(address -> address.masked(LENGTH))
                .distinct()
                .limit(size + MISSES)
                .toList();
        List<Address> in = all.subList(0, size);
        List<Side> sides = sides(
                "net",
                "remote.ip",
                "set_prefixes",
                size,
                in.stream().map(address -> address + "/" + LENGTH).toList(),
                in.stream()
                        .map(address -> Keys.join(Keys.number(LENGTH), Keys.network(address)))
                        .toList());
        both(cases, "prefixes", size, sides, Keys.to(within(in)), Keys.to(within(all.subList(size, all.size()))));
    }

    private static List<Address> within(List<Address> prefixes) {
        return prefixes.stream()
                .map(prefix -> Address.v4(prefix.low() | 1 + prefix.low() % 250))
                .toList();
    }

    private static void ports(List<StateCase> cases, int size) {
        List<Integer> all = Keys.mixedPorts(1, size + MISSES);
        List<Integer> in = all.subList(0, size);
        List<Side> sides = sides(
                "port",
                "remote.port",
                "set_ports",
                size,
                in.stream().map(String::valueOf).toList(),
                in.stream().map(Keys::network).toList());
        both(cases, "ports", size, sides, Keys.ports(in), Keys.ports(all.subList(size, all.size())));
    }

    private static List<Side> sides(
            String type, String field, String file, int size, List<String> entries, List<byte[]> keys) {
        List<Side> sides = new ArrayList<>();
        sides.add(ours(Ringwall.TITLE, type, field, size, entries));
        sides.addAll(Side.inC(
                file.equals("set_prefixes") ? "LPM trie" : "hash",
                file,
                Keys.CPUS,
                List.of("ENTRIES=" + room(size)),
                Keys.members(keys),
                Effect::nothing));
        return sides;
    }

    private static int room(int size) {
        return Math.max(2 * size, 1024);
    }

    private static Side ours(String title, String type, String field, int size, List<String> entries) {
        String text = """
                policy bench
                live set listed : %s max %d
                on connect4 {
                  deny if %s in listed
                  default allow
                }
                """.formatted(type, room(size), field);
        return Side.ours(title, text, Keys.live("listed", entries), Effect::nothing);
    }

    private static void both(
            List<StateCase> cases, String kind, int size, List<Side> sides, List<Key> hits, List<Key> misses) {
        cases.add(one(kind + " hit", size, sides, hits, index -> false));
        cases.add(one(kind + " miss", size, sides, misses, index -> true));
    }

    private static StateCase one(String kind, int size, List<Side> sides, List<Key> keys, IntPredicate allowed) {
        return new StateCase(
                kind,
                size,
                Hook.CONNECT4,
                sides,
                new StateCase.Keys(keys, List.of(allowed), List.of()),
                StateCase.Effects::none);
    }
}
