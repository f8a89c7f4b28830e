// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Soak;

/**
 * A test that the kernel's verdicts on large sets equal the membership of each address: at every
 * boundary, beside it, and at random addresses.
 */
@KernelTest
class LargeSetsKernelTest {
    private static final int RANDOM_KEYS = Soak.size(100_000, 1_000_000);

    @BeforeEach
    void requireSyscallPrograms() {
        RunningKernel.needs(5, 14, "BPF_PROG_TYPE_SYSCALL");
    }

    /** A prefix of a v4 address. */
    private record Prefix(int base, int length) {
        static Prefix draw(Random random) {
            int kind = random.nextInt(100);
            int length = kind < 20 ? 32 : kind < 65 ? 24 : 16 + random.nextInt(8);
            return new Prefix(random.nextInt() & mask(length), length);
        }

        static int mask(int length) {
            return (int) (0xffff_ffffL << 32 - length);
        }

        int last() {
            return base | ~mask(length);
        }

        String text() {
            return "%d.%d.%d.%d/%d".formatted(base >>> 24, base >>> 16 & 255, base >>> 8 & 255, base & 255, length);
        }
    }

    /** Membership by prefix length, as in a routing table. */
    private static final class Members {
        private final Map<Integer, Set<Integer>> byLength = new HashMap<>();

        Members(Set<Prefix> prefixes) {
            prefixes.forEach(prefix -> byLength.computeIfAbsent(prefix.length(), l -> new HashSet<>())
                    .add(prefix.base()));
        }

        /** Returns whether an address is a member; the "any" address is judged as loopback. */
        boolean contain(int address) {
            int meant = address == 0 ? 0x7f00_0001 : address;
            return byLength.entrySet().stream()
                    .anyMatch(entry -> entry.getValue().contains(meant & Prefix.mask(entry.getKey())));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 10, 100, 1_000, 10_000, 100_000})
    void prefixesOfVersionFour(int count) {
        Random random = new Random(20261124 + count);
        Set<Prefix> prefixes = new HashSet<>();
        while (prefixes.size() < count) {
            prefixes.add(Prefix.draw(random));
        }
        List<Integer> keys = new ArrayList<>(List.of(0, -1));
        for (Prefix prefix : prefixes) {
            for (int end : List.of(prefix.base(), prefix.last())) {
                keys.addAll(List.of(end - 1, end, end + 1));
            }
        }
        for (int i = 0; i < RANDOM_KEYS; i++) {
            keys.add(random.nextInt());
        }
        EmittedPolicy emitted = compile(prefixes.stream().map(Prefix::text).collect(Collectors.joining(",\n  ")));
        Members members = new Members(prefixes);
        int denied = 0;
        try (KernelProgram v4 = program(emitted, Hook.CONNECT4);
                KernelProgram v6 = program(emitted, Hook.CONNECT6)) {
            for (int key : keys) {
                int expected = members.contain(key) ? 0 : 1;
                compare(v4, context4(key), expected, key);
                denied += 1 - expected;
            }
            for (int key : keys.subList(0, Math.min(keys.size(), 100_000))) {
                compare(v6, context6(key), members.contain(key) ? 0 : 1, key);
            }
        }
        assertThat(denied).isBetween(count, keys.size() - count);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1_000, 10_000, 100_000})
    void addressesOfVersionFour(int count) {
        Random random = new Random(20261124 + count);
        Set<Integer> addresses = new HashSet<>();
        while (addresses.size() < count) {
            addresses.add(random.nextInt());
        }
        List<Integer> keys = new ArrayList<>();
        addresses.forEach(address -> keys.addAll(List.of(address - 1, address, address + 1)));
        for (int i = 0; i < RANDOM_KEYS; i++) {
            keys.add(random.nextInt());
        }
        EmittedPolicy emitted = compile(addresses.stream()
                .map(address -> new Prefix(address, 32).text())
                .collect(Collectors.joining(",\n  ")));
        try (KernelProgram program = program(emitted, Hook.CONNECT4)) {
            for (int key : keys) {
                compare(program, context4(key), addresses.contains(key == 0 ? 0x7f00_0001 : key) ? 0 : 1, key);
            }
        }
    }

    /** A prefix of a v6 address. */
    private record WidePrefix(BigInteger base, int length) {
        private static final BigInteger ALL = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
        private static final int[] LENGTHS = {20, 32, 40, 48, 48, 56, 64, 64, 64, 65, 96, 112, 128, 128};

        /** Returns a random prefix: some contain others, and many are within one /64. */
        static WidePrefix draw(Random random) {
            int length = LENGTHS[random.nextInt(LENGTHS.length)];
            BigInteger top = BigInteger.valueOf(random.nextInt(8) == 0 ? 0xfd00 + random.nextInt(4) : 0x2001);
            BigInteger near = BigInteger.valueOf(random.nextInt(64)).shiftLeft(64);
            BigInteger bits =
                    random.nextInt(3) == 0 ? near.or(new BigInteger(64, random)) : new BigInteger(112, random);
            return new WidePrefix(top.shiftLeft(112).or(bits).and(mask(length)), length);
        }

        static BigInteger mask(int length) {
            return ALL.xor(ALL.shiftRight(length));
        }

        BigInteger last() {
            return base.or(ALL.shiftRight(length));
        }

        String text() {
            StringBuilder groups = new StringBuilder();
            for (int shift = 112; shift >= 0; shift -= 16) {
                groups.append(Integer.toHexString(base.shiftRight(shift).intValue() & 0xffff));
                groups.append(shift == 0 ? "" : ":");
            }
            return groups + "/" + length;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 30, 1_000, 10_000})
    void prefixesOfVersionSix(int count) {
        Random random = new Random(20261124 + count);
        Set<WidePrefix> prefixes = new HashSet<>();
        while (prefixes.size() < count) {
            prefixes.add(WidePrefix.draw(random));
        }
        Map<Integer, Set<BigInteger>> byLength = new HashMap<>();
        List<BigInteger> keys = new ArrayList<>();
        for (WidePrefix prefix : prefixes) {
            byLength.computeIfAbsent(prefix.length(), l -> new HashSet<>()).add(prefix.base());
            for (BigInteger end : List.of(prefix.base(), prefix.last())) {
                keys.addAll(List.of(end.subtract(BigInteger.ONE), end, end.add(BigInteger.ONE)));
            }
            keys.add(prefix.base().or(new BigInteger(128 - prefix.length(), random)));
        }
        for (int i = 0; i < RANDOM_KEYS / 4; i++) {
            keys.add(i % 2 == 0 ? WidePrefix.draw(random).base() : new BigInteger(128, random));
        }
        EmittedPolicy emitted = compile(prefixes.stream().map(WidePrefix::text).collect(Collectors.joining(",\n  ")));
        int denied = 0;
        try (KernelProgram program = program(emitted, Hook.CONNECT6)) {
            for (BigInteger key : keys) {
                boolean member = byLength.entrySet().stream()
                        .anyMatch(entry -> entry.getValue().contains(key.and(WidePrefix.mask(entry.getKey()))));
                compare(program, context6(key), member ? 0 : 1, key);
                denied += member ? 1 : 0;
            }
        }
        assertThat(denied).isBetween(count, keys.size() - count);
    }

    private static byte[] context6(BigInteger address) {
        int at = offset("user_ip6");
        return zeros().putLong(at, address.shiftRight(64).longValue())
                .putLong(at + 8, address.longValue())
                .array();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 10, 50, 500, 5_000})
    void ports(int count) {
        Random random = new Random(20261124 + count);
        Set<Integer> ports = new HashSet<>();
        while (ports.size() < count) {
            int low = random.nextInt(65_536);
            int high = count < 10 || random.nextBoolean() ? low : Math.min(65_535, low + random.nextInt(9));
            for (int port = low; port <= high && ports.size() < count; port++) {
                ports.add(port);
            }
        }
        String elements = ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
        EmittedPolicy emitted = emitted("  allow if remote.port in { " + elements + " }\n  default deny\n");
        try (KernelProgram program = program(emitted, Hook.CONNECT4)) {
            for (int port = 0; port < 65_536; port++) {
                int expected = ports.contains(port) ? 1 : 0;
                compare(program, contextOfPort(port, 6), expected, port);
                compare(program, contextOfPort(port, 1), 0, port);
            }
        }
    }

    /** Fails if the program has another result; not by AssertJ, which costs more than the run. */
    private static void compare(KernelProgram program, byte[] context, int expected, Number key) {
        int result = program.run(context);
        if (result != expected) {
            throw new AssertionError("%d, not %d, for 0x%x".formatted(result, expected, key));
        }
    }

    private static byte[] contextOfPort(int port, int protocol) {
        ByteBuffer context = zeros().putShort(offset("user_port"), (short) port);
        return context.order(ByteOrder.nativeOrder())
                .putInt(offset("protocol"), protocol)
                .array();
    }

    private static EmittedPolicy compile(String elements) {
        return emitted("  deny if remote.ip in {\n  " + elements + "\n  }\n  default allow\n");
    }

    private static EmittedPolicy emitted(String rules) {
        String text = "policy large\negress {\n" + rules + "}\n";
        Compilation compilation = Compiler.compile(new SourceFile("large.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
        return EmittedPolicy.load(compilation.object(), Map.of(), compilation.oldestKernel());
    }

    private static KernelProgram program(EmittedPolicy emitted, Hook hook) {
        return KernelProgram.load(
                emitted.program(hook).orElseThrow(), hook.context().size());
    }

    private static ByteBuffer zeros() {
        return ByteBuffer.allocate(ContextStruct.SOCK_ADDR.size()).order(ByteOrder.BIG_ENDIAN);
    }

    private static byte[] context4(int address) {
        return zeros().putInt(offset("user_ip4"), address).array();
    }

    private static byte[] context6(int address) {
        int at = offset("user_ip6");
        return zeros().putInt(at + 8, 0xffff).putInt(at + 12, address).array();
    }

    private static int offset(String field) {
        return ContextStruct.SOCK_ADDR.field(field).orElseThrow().offset();
    }
}
