// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.map;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.Maps;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that system calls and programs on a map, in any order, have the same results in the
 * machine and in the kernel.
 */
@KernelTest
class KeyedMapsKernelTest {
    private static final int OPERATIONS = 3_000;
    private static final int KEY = 16;
    private static final int VALUE = 32;
    private static final int FLAGS = 8;

    /**
     * Returns a program with the key at r10-32 and the value at r10-48. r8 selects the operation: 0
     * lookup, 1 store, 2 atomic add, 3 update, 4 delete.
     */
    private static String operations(int keySize) {
        String key = keySize == 4
                ? "r1 = *(u32 *)(r6 +16); *(u32 *)(r10 -32) = r1;"
                : "r1 = *(u64 *)(r6 +16); *(u64 *)(r10 -32) = r1;";
        return Pair.BEGIN + key
                + "r1 = *(u64 *)(r6 +32); *(u64 *)(r10 -48) = r1; r8 = *(u32 *)(r6 +0);"
                + "r1 = &map; r2 = r10; r2 += -32; if r8 > 2 goto pc+13; call #1; if r0 != 0x0 goto pc+2;"
                + Pair.END + ";"
                + "r1 = *(u64 *)(r0 +0); *(u64 *)(r7 +16) = r1; *(u64 *)(r7 +8) = 1;"
                + "r1 = *(u64 *)(r6 +32); if r8 != 1 goto pc+1; *(u64 *)(r0 +0) = r1;"
                + "if r8 != 2 goto pc+11; lock *(u64 *)(r0 +0) += r1; goto pc+9;"
                + "if r8 != 3 goto pc+6; r3 = r10; r3 += -48; r4 = *(u64 *)(r6 +8); call #2;"
                + "*(u64 *)(r7 +8) = r0; goto pc+2; call #3; *(u64 *)(r7 +8) = r0;" + Pair.END;
    }

    @ParameterizedTest
    @CsvSource({
        "ARRAY, 4, 5, 0",
        "PERCPU_ARRAY, 4, 5, 0",
        "HASH, 4, 5, 0",
        "HASH, 8, 5, 1",
        "PERCPU_HASH, 8, 5, 0",
        "LRU_HASH, 4, 1000, 0",
        "LRU_PERCPU_HASH, 4, 1000, 0",
        "LPM_TRIE, 8, 6, 1",
    })
    void theSameOperationsHaveTheSameResults(MapType type, int keySize, int entries, int flags) {
        boolean trie = type == MapType.LPM_TRIE;
        boolean mended = !trie || RunningKernel.atLeast(6, 13);
        // Before 6.13 tries ignored flags, and a full one rejected updates of its own prefixes too.
        int room = mended ? entries : 1000;
        Random random = new Random(11);
        try (Pair pair = new Pair(Btf.EMPTY, List.of(new MapSpec("map", type, keySize, 8, room, flags)));
                Pair.Both both = pair.new Both(operations(keySize))) {
            KeyedMap machine = pair.machine().keyed("map");
            for (int operation = 0; operation < OPERATIONS; operation++) {
                byte[] key = trie ? prefix(random) : key(random, keySize);
                long updateFlags = mended && random.nextInt(3) == 0 ? random.nextInt(5) : 0;
                String what =
                        "%s operation %d, key %s, flags %d".formatted(type, operation, Bytes.of(key), updateFlags);
                if (random.nextInt(3) != 0) {
                    both.ask(request(random, key, updateFlags), what);
                } else {
                    bySystemCall(random, pair.kernel(), machine, key, updateFlags, what);
                }
            }
            assertThat(entries(machine)).isEqualTo(pair.kernel().entries("map", keySize, machine.userValueSize()));
        }
    }

    private static byte[] request(Random random, byte[] key, long flags) {
        ByteBuffer request = Pair.buffer(Pair.REQUEST);
        request.putInt(0, random.nextInt(5)).putLong(FLAGS, flags).putLong(VALUE, random.nextLong());
        return request.put(KEY, key).array();
    }

    private static void bySystemCall(
            Random random, KernelMaps kernel, KeyedMap machine, byte[] key, long flags, String what) {
        int kind = random.nextInt(3);
        if (kind == 0) {
            Optional<byte[]> expected = kernel.lookup("map", key, machine.userValueSize());
            assertThat(machine.lookup(key).map(Bytes::of)).as(what).isEqualTo(expected.map(Bytes::of));
        } else if (kind == 1) {
            ByteBuffer value = Pair.buffer(machine.userValueSize());
            while (value.hasRemaining()) {
                value.putLong(random.nextInt(100));
            }
            Optional<Errno> expected = kernel.update("map", key, value.array(), flags);
            assertThat(machine.put(key, value.array(), flags)).as(what).isEqualTo(expected);
        } else {
            Optional<Errno> expected = kernel.delete("map", key);
            assertThat(machine.delete(key)).as(what).isEqualTo(expected);
        }
    }

    private static Map<Bytes, Bytes> entries(KeyedMap map) {
        Map<Bytes, Bytes> all = new HashMap<>();
        map.entries().forEach(entry -> all.put(entry.key(), entry.value()));
        return all;
    }

    /**
     * Returns one of eight keys: more than the full maps have room for, and indexes that arrays do
     * not have.
     */
    private static byte[] key(Random random, int size) {
        return Pair.buffer(size).putInt(0, random.nextInt(8)).array();
    }

    /** Returns a prefix whose bytes have one of four values; its length is sometimes too large. */
    private static byte[] prefix(Random random) {
        int[] lengths = {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33};
        ByteBuffer key = Pair.buffer(8).putInt(0, lengths[random.nextInt(lengths.length)]);
        for (int at = 4; at < 8; at++) {
            key.put(at, (byte) (random.nextInt(2) * 0xff ^ random.nextInt(2)));
        }
        return key.array();
    }

    @ParameterizedTest
    @CsvSource({"LRU_HASH", "LRU_PERCPU_HASH"})
    void aFullLruMapAcceptsEveryKey(MapType type) {
        int room = 64;
        try (Pair pair = new Pair(Btf.EMPTY, List.of(new MapSpec("map", type, 4, 8, room, 0)));
                Pair.Both both = pair.new Both(operations(4))) {
            KeyedMap machine = pair.machine().keyed("map");
            for (int number = 0; number < 10 * room; number++) {
                byte[] key = Pair.buffer(4).putInt(0, number).array();
                ByteBuffer request = Pair.buffer(Pair.REQUEST).putInt(0, 3).putLong(VALUE, number);
                byte[] answer = both.ask(request.put(KEY, key).array(), "key " + number);
                assertThat(ByteBuffer.wrap(answer, 8, 8).getLong()).isZero();
                assertThat(pair.kernel().lookup("map", key, machine.userValueSize()))
                        .isPresent();
                assertThat(machine.lookup(key)).isPresent();
            }
            assertThat(machine.entries()).hasSize(room);
            // The kernel may allocate up to one element more for each CPU, so that they have equal
            // shares.
            assertThat(pair.kernel().entries("map", 4, machine.userValueSize()))
                    .hasSizeBetween(1, room + machine.host().cpus());
        }
    }

    @Test
    void aMapOfMapsReturnsItsInnerMaps() {
        MapSpec inner = new MapSpec("inner", MapType.HASH, 4, 8, 4, 0);
        MapSpec outer = new MapSpec("outer", MapType.ARRAY_OF_MAPS, 4, 4, 2, 0).holding(inner);
        String text = Pair.BEGIN + "r1 = *(u32 *)(r6 +16); *(u32 *)(r10 -32) = r1; r1 = &outer; r2 = r10; r2 += -32;"
                + "call #1; if r0 == 0x0 goto pc+8; *(u64 *)(r7 +8) = 1; r1 = r0; r2 = r10; r2 += -32; call #1;"
                + "if r0 == 0x0 goto pc+2; r1 = *(u64 *)(r0 +0); *(u64 *)(r7 +16) = r1;" + Pair.END;
        try (Pair pair = new Pair(Btf.EMPTY, List.of(outer));
                Pair.Both both = pair.new Both(text)) {
            KernelMaps kernel = pair.kernel();
            for (int index = 0; index < 3; index++) {
                byte[] key = Pair.buffer(4).putInt(0, index).array();
                ByteBuffer request = Pair.buffer(Pair.REQUEST).put(KEY, key);
                both.ask(request.array(), "empty " + index);
                KeyedMap mine = pair.machine().outer("outer").newInner(8);
                Fd theirs = kernel.another(mine.spec());
                assertThat(pair.machine().outer("outer").put(index, mine)).isEqualTo(kernel.put("outer", key, theirs));
                both.ask(request.array(), "an empty map at " + index);
                byte[] value = Pair.buffer(8).putLong(0, 77).array();
                assertThat(mine.put(key, value)).isEmpty();
                assertThat(kernel.update(theirs, key, value, 0)).isEmpty();
                byte[] answer = both.ask(request.array(), "a map with an element at " + index);
                assertThat(ByteBuffer.wrap(answer, 16, 8)
                                .order(ByteOrder.nativeOrder())
                                .getLong())
                        .isEqualTo(index < 2 ? 77 : 0);
                KeyedMap other = Maps.keyed(new MapSpec("other", MapType.HASH, 4, 16, 4, 0), Pair.host());
                assertThat(pair.machine().outer("outer").put(index, other))
                        .isEqualTo(kernel.put("outer", key, kernel.another(other.spec())));
                assertThat(pair.machine().outer("outer").delete(index)).isEqualTo(kernel.delete("outer", key));
                assertThat(pair.machine().outer("outer").delete(index)).isEqualTo(kernel.delete("outer", key));
            }
        }
    }

    /**
     * Returns a map of `struct {u32 pad; struct bpf_spin_lock lock; u64 full}` with keys of 4
     * bytes.
     */
    static MapSpec locked(BtfBuilder types, String name, MapType type) {
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        int u64 = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        int lock = types.struct("bpf_spin_lock", 4, List.of(new BtfType.Member("val", u32, 0, 0)));
        List<BtfType.Member> members = List.of(
                new BtfType.Member("pad", u32, 0, 0),
                new BtfType.Member("lock", lock, 32, 0),
                new BtfType.Member("full", u64, 64, 0));
        return new MapSpec(name, type, 4, 16, 2, 0).typed(u32, types.struct("bucket", 16, members));
    }

    @ParameterizedTest
    @CsvSource({"ARRAY", "HASH"})
    void valuesWithSpinLocksMatchTheKernel(MapType type) {
        BtfBuilder types = new BtfBuilder();
        MapSpec spec = locked(types, "map", type);
        String text = Pair.BEGIN + "r1 = *(u32 *)(r6 +16); *(u32 *)(r10 -32) = r1; r9 = *(u64 *)(r6 +32);"
                + "r1 = &map; r2 = r10; r2 += -32; call #1; if r0 == 0x0 goto pc+12; *(u64 *)(r7 +8) = 1; r8 = r0;"
                + "r1 = r8; r1 += 4; call #93; r1 = *(u64 *)(r8 +8); r9 += r1; *(u64 *)(r8 +8) = r9;"
                + "r1 = r8; r1 += 4; call #94; *(u64 *)(r7 +16) = r9;" + Pair.END;
        Random random = new Random(5);
        try (Pair pair = new Pair(types.build(), List.of(spec));
                Pair.Both both = pair.new Both(text)) {
            KeyedMap machine = pair.machine().keyed("map");
            for (int operation = 0; operation < 500; operation++) {
                byte[] key = Pair.buffer(4).putInt(0, random.nextInt(3)).array();
                long flags = random.nextInt(8);
                byte[] value = new byte[16];
                random.nextBytes(value);
                String what = "operation " + operation + ", flags " + flags;
                both.ask(
                        Pair.buffer(Pair.REQUEST)
                                .putLong(VALUE, operation)
                                .put(KEY, key)
                                .array(),
                        what);
                assertThat(machine.put(key, value, flags))
                        .as(what)
                        .isEqualTo(pair.kernel().update("map", key, value, flags));
                Optional<Bytes> expected = pair.kernel().lookup("map", key, 16).map(Bytes::of);
                assertThat(machine.lookup(key).map(Bytes::of)).as(what).isEqualTo(expected);
            }
        }
    }
}
