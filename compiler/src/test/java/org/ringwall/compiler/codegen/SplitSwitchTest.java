// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.emit.HookCode;

/**
 * IPv4 prefixes of length 16 or less, and single addresses inside and next to them, in both byte
 * orders.
 */
class SplitSwitchTest {
    private static final int ADDRESS =
            ContextStruct.SOCK_ADDR.require("user_ip4").offset();

    /** @param address its first address */
    private record Network(long address, int length) {
        boolean has(long other) {
            return other >>> 32 - length == address >>> 32 - length;
        }

        String text() {
            return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255)
                    + (length == 32 ? "" : "/" + length);
        }
    }

    /**
     * Columns: the number of networks, of additional addresses, of excluded addresses, and whether
     * some of these addresses are adjacent to an end of a network. Up to three addresses leave the
     * bitmap in use, unless they are adjacent, because they are then not single values.
     */
    @ParameterizedTest
    @CsvSource({
        "24, 0, 0, false",
        "30, 0, 0, false",
        "22, 1, 1, false",
        "20, 0, 3, false",
        "20, 3, 0, false",
        "9, 2, 2, false",
        "40, 0, 5, false",
        "200, 1, 1, false",
        "20, 2, 2, true",
        "9, 1, 3, true"
    })
    void everyAddressIsClassifiedByItsUpperHalf(int networks, int more, int less, boolean ends) {
        for (int seed = 0; seed < 8; seed++) {
            Random random = new Random(seed * 31L + networks + 7L * more + less);
            List<Network> listed = new ArrayList<>();
            for (int i = 0; i < networks; i++) {
                int length = 9 + random.nextInt(8);
                listed.add(new Network(
                        (1L + random.nextInt(222) << 24 | random.nextInt(1 << 24)) >>> 32 - length << 32 - length,
                        length));
            }
            Set<Long> members = points(random, listed, more, false, ends);
            Set<Long> others = points(random, listed, less, true, ends);
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                HookCode code = code(text(listed, members, others), order);
                if (!ends) {
                    assertThat(code.assembly().insns().size() < 65).isEqualTo(more + less <= 3);
                }
                TinyMachine machine =
                        new TinyMachine(code.assembly(), order, ContextStruct.SOCK_ADDR.size(), code.tables());
                for (long address : around(random, listed, members, others)) {
                    boolean little = order == ByteOrder.LITTLE_ENDIAN;
                    machine.context().putInt(ADDRESS, little ? Integer.reverseBytes((int) address) : (int) address);
                    boolean denied = members.contains(address)
                            || !others.contains(address) && listed.stream().anyMatch(network -> network.has(address));
                    assertThat(machine.run())
                            .as("%s in %s", new Network(address, 32).text(), order)
                            .isEqualTo(denied ? 0 : 1);
                }
            }
        }
    }

    /**
     * Returns single addresses inside the networks or outside of them; with `ends`, some are at the
     * ends of networks.
     */
    private static Set<Long> points(Random random, List<Network> listed, int count, boolean inside, boolean ends) {
        Set<Long> points = new TreeSet<>();
        while (points.size() < count) {
            Network network = listed.get(random.nextInt(listed.size()));
            long last = (1L << 32 - network.length) - 1;
            long at = network.address
                    + switch (ends ? random.nextInt(3) : 2) {
                        case 0 -> inside ? 0 : -1;
                        case 1 -> inside ? last : last + 1;
                        default -> inside ? 2 + random.nextLong(last - 3) : last + 3 + random.nextInt(1 << 20);
                    };
            if (listed.stream().anyMatch(each -> each.has(at)) == inside) {
                points.add(at);
            }
        }
        return points;
    }

    private static String text(List<Network> listed, Set<Long> members, Set<Long> others) {
        String all = Stream.concat(listed.stream(), members.stream().map(each -> new Network(each, 32)))
                .map(Network::text)
                .collect(Collectors.joining(", "));
        String except =
                others.stream().map(each -> new Network(each, 32).text()).collect(Collectors.joining(", "));
        return "policy p\nset some = { " + all + " }" + (others.isEmpty() ? "" : " except { " + except + " }")
                + "\non connect4 {\n  deny if remote.ip in some\n  default allow\n}\n";
    }

    private static Set<Long> around(Random random, List<Network> listed, Set<Long> members, Set<Long> others) {
        Set<Long> all = new TreeSet<>(List.of(1L, 0xffff_ffffL));
        Stream.concat(members.stream(), others.stream())
                .forEach(each -> all.addAll(List.of(each - 1, each, each + 1, each ^ 0x8000, each ^ 0x10000)));
        for (Network network : listed) {
            long last = network.address + (1L << 32 - network.length) - 1;
            all.addAll(List.of(network.address - 1, network.address, last, last + 1));
            all.add(network.address + random.nextLong(last - network.address));
            all.add(1 + random.nextLong(0xffff_fffeL));
        }
        return all;
    }

    private static HookCode code(String text, ByteOrder order) {
        Target target = new Target(KernelVersion.V5_10, order);
        return Compiled.hookCode(Compiled.policy("networks.wall", text, target), Hook.CONNECT4, target);
    }
}
