// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/** A test of the results that each kind of keyed map gives to system calls and programs. */
class KeyedMapTest {
    private static final MapHost TWO = new MapHost(ByteOrder.LITTLE_ENDIAN, 2);

    private static KeyedMap map(MapType type, int entries) {
        return Maps.keyed(new MapSpec("m", type, 4, 4, entries, 0), TWO);
    }

    static byte[] word(int number) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array();
    }

    @ParameterizedTest
    @EnumSource(names = {"ARRAY", "PERCPU_ARRAY"})
    void arraysContainExactlyTheIndicesBelowTheirSize(MapType type) {
        KeyedMap map = map(type, 3);
        assertThat(map.lookup(word(2), 0))
                .hasValueSatisfying(value -> assertThat(value).isEqualTo(word(0)));
        assertThat(map.lookup(word(3))).isEmpty();
        assertThat(map.lookup(word(-1))).isEmpty();
        byte[] value = new byte[map.userValueSize()];
        assertThat(map.put(word(3), value)).contains(Errno.E2BIG);
        assertThat(map.put(word(2), value, UpdateFlag.NOEXIST.bit())).contains(Errno.EEXIST);
        assertThat(map.put(word(2), value, UpdateFlag.EXIST.bit())).isEmpty();
        assertThat(map.put(word(2), value, 3)).contains(Errno.EINVAL);
        assertThat(map.put(word(2), value, UpdateFlag.LOCK.bit())).contains(Errno.EINVAL);
        assertThat(map.delete(word(2))).contains(Errno.EINVAL);
        assertThat(map.entries()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"BIG_ENDIAN", "LITTLE_ENDIAN"},
            value = Order.class)
    void anIndexIsInTheByteOrderOfTheHost(Order order) {
        ArrayMap map = (ArrayMap) Maps.keyed(new MapSpec("m", MapType.ARRAY, 4, 4, 2, 0), MapHost.of(order.value));
        byte[] one = ByteBuffer.allocate(4).order(order.value).putInt(1).array();
        assertThat(map.key(1)).isEqualTo(one);
        assertThat(map.put(one, word(9))).isEmpty();
        assertThat(map.entries().get(1).value().toArray()).isEqualTo(word(9));
        byte[] far =
                ByteBuffer.allocate(4).order(order.value).putInt(0x0100_0000).array();
        assertThat(map.lookup(far)).isEmpty();
    }

    private enum Order {
        BIG_ENDIAN(ByteOrder.BIG_ENDIAN),
        LITTLE_ENDIAN(ByteOrder.LITTLE_ENDIAN);

        private final ByteOrder value;

        Order(ByteOrder value) {
            this.value = value;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HASH", "PERCPU_HASH"})
    void aFullHashAcceptsOnlyExistingKeys(MapType type) {
        KeyedMap map = map(type, 2);
        byte[] value = new byte[map.userValueSize()];
        assertThat(map.put(word(1), value, UpdateFlag.EXIST.bit())).contains(Errno.ENOENT);
        assertThat(map.put(word(1), value)).isEmpty();
        assertThat(map.put(word(1), value, UpdateFlag.NOEXIST.bit())).contains(Errno.EEXIST);
        assertThat(map.put(word(2), value)).isEmpty();
        assertThat(map.put(word(3), value)).contains(Errno.E2BIG);
        assertThat(map.update(word(3), word(0), 0, 1)).contains(Errno.E2BIG);
        assertThat(map.put(word(2), value)).isEmpty();
        assertThat(map.delete(word(1))).isEmpty();
        assertThat(map.delete(word(1))).contains(Errno.ENOENT);
        assertThat(map.put(word(3), value)).isEmpty();
        assertThat(map.put(word(3), value, 4)).contains(Errno.EINVAL);
        assertThat(map.entries()).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"LRU_HASH", "LRU_PERCPU_HASH"})
    void aFullLruMapEvictsTheLeastRecentlyUsedKey(MapType type) {
        KeyedMap map = map(type, 3);
        for (int key = 1; key <= 3; key++) {
            assertThat(map.update(word(key), word(key), 0, 0)).isEmpty();
        }
        assertThat(map.find(word(1), 0)).as("a program's use").isPresent();
        assertThat(map.lookup(word(2))).as("a caller's look is no use").isPresent();
        assertThat(map.update(word(4), word(4), 0, 0)).isEmpty();
        assertThat(map.lookup(word(2))).isEmpty();
        assertThat(map.update(word(3), word(33), 0, 0)).isEmpty();
        assertThat(map.update(word(5), word(5), 0, 0)).isEmpty();
        assertThat(map.lookup(word(1))).isEmpty();
        assertThat(map.entries()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"PERCPU_HASH", "LRU_PERCPU_HASH", "PERCPU_ARRAY"})
    void eachCpuHasAValueOfItsOwn(MapType type) {
        KeyedMap map = map(type, 2);
        assertThat(map.userValueSize()).as("4 bytes rounded up to 8, twice").isEqualTo(16);
        assertThat(map.update(word(1), word(7), 0, 1)).isEmpty();
        assertThat(map.lookup(word(1), 0))
                .hasValueSatisfying(value -> assertThat(value).isEqualTo(word(0)));
        assertThat(map.lookup(word(1), 1))
                .hasValueSatisfying(value -> assertThat(value).isEqualTo(word(7)));
        assertThat(map.update(word(1), word(6), 0, 0)).isEmpty();
        assertThat(map.lookup(word(1)).orElseThrow())
                .isEqualTo(new byte[] {6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0});
        assertThat(map.put(word(1), List.of(word(1), word(2)), UpdateFlag.ANY)).isEmpty();
        assertThat(map.find(word(1), 1).orElseThrow().bytes()).isEqualTo(word(2));
        assertThatThrownBy(() -> map.find(word(1), 2)).hasMessage("CPU 2 of a host with 2");
    }

    @Test
    void onlyAnUpdateOfAPlainHashAllocatesNewMemory() {
        KeyedMap hash = map(MapType.HASH, 1);
        hash.put(word(1), word(10));
        Cell old = hash.find(word(1), 0).orElseThrow();
        hash.put(word(1), word(11));
        assertThat(old.bytes()).as("a hash has new memory for a new value").isEqualTo(word(10));
        KeyedMap array = map(MapType.ARRAY, 2);
        Cell place = array.find(word(1), 0).orElseThrow();
        array.put(word(1), word(11));
        assertThat(place.bytes()).as("an array has not").isEqualTo(word(11));
        KeyedMap perCpu = map(MapType.PERCPU_HASH, 1);
        perCpu.update(word(1), word(1), 0, 1);
        Cell own = perCpu.find(word(1), 1).orElseThrow();
        perCpu.update(word(1), word(2), 0, 1);
        assertThat(own.bytes()).as("nor a hash of each CPU").isEqualTo(word(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"BIG_ENDIAN", "LITTLE_ENDIAN"})
    void aTrieFindsTheLongestPrefix(String orderName) {
        ByteOrder order = orderName.startsWith("B") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        KeyedMap trie = trie(order, 4);
        put(trie, order, 0, 0, 0);
        put(trie, order, 8, 10, 0);
        put(trie, order, 12, 10, 0x10);
        assertThat(found(trie, order, 16, 10, 0x1f)).isEqualTo(12);
        assertThat(found(trie, order, 16, 10, 0x20)).isEqualTo(8);
        assertThat(found(trie, order, 16, 11, 0)).isEqualTo(0);
        assertThat(found(trie, order, 11, 10, 0x1f))
                .as("longer than what is asked for")
                .isEqualTo(8);
        assertThat(trie.lookup(prefix(order, 17, 10, 0)))
                .as("longer than any key")
                .isEmpty();
        assertThat(trie.put(prefix(order, 17, 10, 0), word(0))).contains(Errno.EINVAL);
        assertThat(trie.delete(prefix(order, 17, 10, 0))).contains(Errno.EINVAL);
        assertThat(trie.put(prefix(order, 12, 10, 0x1f), word(13)))
                .as("bits behind the prefix say nothing")
                .isEmpty();
        assertThat(trie.entries()).hasSize(3);
        assertThat(found(trie, order, 16, 10, 0x11)).isEqualTo(13);
        assertThat(trie.delete(prefix(order, 11, 10, 0))).contains(Errno.ENOENT);
        assertThat(trie.delete(prefix(order, 12, 10, 0x1a))).isEmpty();
        assertThat(found(trie, order, 16, 10, 0x11)).isEqualTo(8);
    }

    @Test
    void aFullTrieAcceptsOnlyExistingPrefixes() {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        KeyedMap trie = trie(order, 2);
        put(trie, order, 8, 1, 0);
        put(trie, order, 8, 2, 0);
        assertThat(trie.put(prefix(order, 8, 3, 0), word(0))).contains(Errno.ENOSPC);
        assertThat(trie.put(prefix(order, 8, 2, 0), word(1))).isEmpty();
        assertThat(trie.put(prefix(order, 8, 2, 0), word(1), UpdateFlag.NOEXIST.bit()))
                .contains(Errno.EEXIST);
        assertThat(trie.put(prefix(order, 9, 2, 0), word(1), UpdateFlag.EXIST.bit()))
                .contains(Errno.ENOENT);
    }

    private static KeyedMap trie(ByteOrder order, int entries) {
        MapSpec spec = new MapSpec("t", MapType.LPM_TRIE, 6, 4, entries, MapFlag.NO_PREALLOC.bit());
        return Maps.keyed(spec, MapHost.of(order));
    }

    private static byte[] prefix(ByteOrder order, int bits, int first, int second) {
        return ByteBuffer.allocate(6)
                .order(order)
                .putInt(bits)
                .put((byte) first)
                .put((byte) second)
                .array();
    }

    private static void put(KeyedMap trie, ByteOrder order, int bits, int first, int second) {
        assertThat(trie.put(prefix(order, bits, first, second), word(bits))).isEmpty();
    }

    private static int found(KeyedMap trie, ByteOrder order, int bits, int first, int second) {
        return trie.find(prefix(order, bits, first, second), 0).orElseThrow().bytes()[0];
    }

    @ParameterizedTest
    @CsvSource({
        "ARRAY, 8, 4, 1, 0, keys of 4 bytes",
        "ARRAY, 4, 4, 1, 1, allocated before",
        "HASH, 4, 0, 1, 0, has values",
        "HASH, 513, 4, 1, 0, 1 to 512 bytes",
        "LRU_HASH, 4, 4, 1, 1, LRU",
        "PERCPU_HASH, 4, 40000, 1, 0, 32 KiB",
        "LPM_TRIE, 8, 4, 1, 0, wants BPF_F_NO_PREALLOC",
        "LPM_TRIE, 4, 4, 1, 1, 5 to 260 bytes"
    })
    void refusesDefinitionsThatTheKernelRefuses(MapType type, int key, int value, int entries, int flags, String why) {
        MapSpec spec = new MapSpec("m", type, key, value, entries, flags);
        assertThatThrownBy(() -> Maps.keyed(spec, TWO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void refusesKeysAndValuesOfAnotherSize() {
        KeyedMap map = map(MapType.HASH, 1);
        assertThatThrownBy(() -> map.lookup(new byte[3])).hasMessage("a key of 3 bytes for `m`, which has 4");
        assertThatThrownBy(() -> map.put(word(1), new byte[8])).hasMessage("a value of 8 bytes for `m`, which has 4");
    }
}
