// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.kernel.ValueSize;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.MapType;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.CompiledPolicies;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Soak;

/**
 * A test of lists of hundreds of thousands of prefixes: against the kernel's longest-prefix match,
 * and with tables that do not fit in one section.
 */
@KernelTest
class HugeSetsKernelTest {
    private static final int ADDRESS =
            ContextStruct.SOCK_ADDR.field("user_ip4").orElseThrow().offset();
    private static final int RANDOM_KEYS = Soak.size(100_000, 1_000_000);
    private static final int MACHINE_KEYS = 5_000;

    @BeforeEach
    void requireSyscallPrograms() {
        RunningKernel.needs(5, 14, "BPF_PROG_TYPE_SYSCALL");
    }

    /**
     * Returns random addresses, and those at and beside the ends of every prefix; never 0, which is
     * judged as loopback.
     */
    private static int[] keys(long[] prefixes, Random random) {
        int[] keys = new int[RANDOM_KEYS + 6 * prefixes.length];
        for (int i = 0; i < RANDOM_KEYS; i++) {
            keys[i] = random.nextInt();
        }
        int at = RANDOM_KEYS;
        for (long prefix : prefixes) {
            keys[at++] = (int) (PrefixList.base(prefix) - 1);
            keys[at++] = (int) PrefixList.base(prefix);
            keys[at++] = (int) (PrefixList.base(prefix) + 1);
            keys[at++] = (int) (PrefixList.last(prefix) - 1);
            keys[at++] = (int) PrefixList.last(prefix);
            keys[at++] = (int) (PrefixList.last(prefix) + 1);
        }
        return Arrays.stream(keys).filter(key -> key != 0).toArray();
    }

    private static long[] everySeventh(long[] prefixes) {
        return IntStream.range(0, prefixes.length / 7)
                .mapToLong(i -> prefixes[7 * i])
                .toArray();
    }

    private static byte[] context(int address) {
        return ByteBuffer.allocate(ContextStruct.SOCK_ADDR.size())
                .putInt(ADDRESS, address)
                .array();
    }

    private static byte[] trieKey(int length, int address) {
        byte[] key = new byte[8];
        ByteBuffer.wrap(key).order(ByteOrder.nativeOrder()).putInt(0, length);
        ByteBuffer.wrap(key).putInt(4, address);
        return key;
    }

    private static Request request(int address) {
        RawAddress to = new RawAddress(true, U128.of(address & 0xffff_ffffL));
        RawAddress from = new RawAddress(true, U128.ZERO);
        return new Request.AtAddress(Hook.CONNECT4, to, 443, from, 6, 1, Actor.ORDINARY);
    }

    /** Returns the request of an AF_INET6 socket to the mapped address. */
    private static Request mapped(int address) {
        RawAddress to = new RawAddress(false, new U128(0, 0xffff_0000_0000L | address & 0xffff_ffffL));
        RawAddress from = new RawAddress(false, U128.ZERO);
        return new Request.AtAddress(Hook.CONNECT6, to, 443, from, 6, 1, Actor.ORDINARY);
    }

    @Test
    void aHundredThousandPrefixesMatchTheKernelsLpmTrie() {
        Random random = new Random(20261125);
        long[] prefixes = PrefixList.draw(100_000, 12, 32, random);
        EmittedPolicy emitted =
                EmittedPolicy.load(CompiledPolicies.read(PrefixList.elf(prefixes)), Map.of(), KernelVersion.V5_10);
        int denied = 0;
        int[] keys = keys(prefixes, random);
        try (KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine());
                Fd trie = bpf.mapCreate(new MapSpec(
                        "prefixes",
                        MapType.LPM_TRIE.number(),
                        8,
                        4,
                        prefixes.length,
                        MapFlag.NO_PREALLOC.bit(),
                        Optional.empty(),
                        Optional.empty()));
                KernelProgram program = KernelProgram.load(
                        emitted.program(Hook.CONNECT4).orElseThrow(), ContextStruct.SOCK_ADDR.size())) {
            for (long prefix : prefixes) {
                bpf.mapUpdate(trie, trieKey((int) prefix, (int) PrefixList.base(prefix)), new byte[4]);
            }
            for (int key : keys) {
                int expected = bpf.mapLookup(trie, trieKey(32, key), 4).isPresent() ? 0 : 1;
                if (program.run(context(key)) != expected) {
                    throw new AssertionError("0x%08x: the trie says %d".formatted(key, expected));
                }
                denied += 1 - expected;
            }
        }
        assertThat(denied).isBetween(prefixes.length, keys.length - 10_000);
    }

    @Test
    void aMillionPrefixesAreSplitIntoSeveralSections() {
        Random random = new Random(20261126);
        long[] prefixes = PrefixList.ofTables(PrefixList.MILLION);
        BitSet members = new BitSet(1 << 24);
        Arrays.stream(prefixes).forEach(prefix -> members.set((int) (PrefixList.base(prefix) >>> 8)));
        BpfObject made = CompiledPolicies.read(PrefixList.elf(prefixes));
        assertThat(made.data())
                .extracting(DataSection::name)
                .contains(".rodata", ".rodata.1")
                .endsWith(".data");
        assertThat(made.data()).allMatch(data -> data.content().size() <= ValueSize.mostOfArray(KernelVersion.V5_10));
        assertThat(made.programs()).allMatch(program -> program.slots() <= 150);
        EmittedPolicy emitted = EmittedPolicy.load(made, Map.of(), KernelVersion.V5_10);
        int[] keys = keys(everySeventh(prefixes), random);
        try (KernelProgram program =
                KernelProgram.load(emitted.program(Hook.CONNECT4).orElseThrow(), ContextStruct.SOCK_ADDR.size())) {
            for (int key : keys) {
                int expected = members.get(key >>> 8) ? 0 : 1;
                if (program.run(context(key)) != expected) {
                    throw new AssertionError("0x%08x: membership says %d".formatted(key, expected));
                }
            }
        }
        for (int i = 0; i < keys.length; i += keys.length / MACHINE_KEYS) {
            assertThat(emitted.decide(request(keys[i])).allows())
                    .as("0x%08x on the machine", keys[i])
                    .isNotEqualTo(members.get(keys[i] >>> 8));
            assertThat(emitted.decide(mapped(keys[i])).allows())
                    .as("0x%08x, mapped, on the machine", keys[i])
                    .isNotEqualTo(members.get(keys[i] >>> 8));
        }
    }
}
