// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.machine.map.KeyedMapTest.word;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/** A test of maps of maps, rings, storage, locks in values, and maps that objects share. */
class OtherMapsTest {
    private static final MapHost HOST = MapHost.of(ByteOrder.LITTLE_ENDIAN);

    private static MapOfMaps outer(MapType inner, int flags, int entries) {
        MapSpec spec = new MapSpec("o", MapType.ARRAY_OF_MAPS, 4, 4, 2, 0)
                .holding(new MapSpec("i", inner, 4, 8, entries, flags));
        return (MapOfMaps) Maps.create(spec, Btf.EMPTY, HOST);
    }

    @Test
    void aMapOfMapsAcceptsOnlyMapsLikeItsTemplate() {
        MapOfMaps outer = outer(MapType.HASH, MapFlag.NO_PREALLOC.bit(), 4);
        assertThat(outer.lookup(0)).isEmpty();
        KeyedMap more = outer.newInner(100);
        assertThat(outer.put(0, more))
                .as("a hash of another number of elements")
                .isEmpty();
        assertThat(outer.find(word(0))).contains(more);
        assertThat(outer.find(word(7))).isEmpty();
        assertThat(outer.put(2, more)).contains(Errno.E2BIG);
        KeyedMap other = Maps.keyed(new MapSpec("i", MapType.HASH, 4, 8, 4, 0), HOST);
        assertThat(outer.put(0, other)).as("other flags").contains(Errno.EINVAL);
        assertThat(outer.delete(1)).contains(Errno.ENOENT);
        assertThat(outer.delete(2)).contains(Errno.E2BIG);
        assertThat(outer.delete(0)).isEmpty();
        assertThat(outer.lookup(0)).isEmpty();
        MapOfMaps arrays = outer(MapType.ARRAY, 0, 4);
        assertThat(arrays.put(0, arrays.newInner(5))).contains(Errno.EINVAL);
        assertThat(arrays.put(0, arrays.newInner())).isEmpty();
    }

    private static Ring ring(int bytes) {
        return (Ring) Maps.create(new MapSpec("r", MapType.RINGBUF, 0, 0, bytes, 0), Btf.EMPTY, HOST);
    }

    @Test
    void aRingIsNeverFilledCompletely() {
        Ring ring = ring(4096);
        assertThat(ring.reserve(4088)).as("with its header the whole ring").isEmpty();
        assertThat(ring.reserve(4081)).isEmpty();
        Ring.Record most = ring.reserve(4080).orElseThrow();
        assertThat(ring.producerPosition()).isEqualTo(4088);
        assertThat(ring.reserve(0)).isEmpty();
        assertThat(ring.refused()).isEqualTo(3);
        ring.submit(most);
        assertThat(ring.drain())
                .singleElement()
                .satisfies(bytes -> assertThat(bytes).hasSize(4080));
        assertThat(ring.consumerPosition()).isEqualTo(4088);
        assertThat(ring.reserve(1)).isPresent();
        assertThat(ring.producerPosition()).as("9 bytes rounded up to 16").isEqualTo(4104);
        assertThat(ring.reserve(0xffff_ffffL)).as("larger than any record").isEmpty();
    }

    @Test
    void aReaderWaitsForTheOldestReservation() {
        Ring ring = ring(4096);
        Ring.Record first = ring.reserve(1).orElseThrow();
        Ring.Record second = ring.reserve(1).orElseThrow();
        Ring.Record third = ring.reserve(1).orElseThrow();
        second.live()[0] = 2;
        third.live()[0] = 3;
        ring.submit(third);
        ring.submit(second);
        assertThat(ring.drain()).isEmpty();
        ring.discard(first);
        assertThat(ring.drain()).containsExactly(new byte[] {2}, new byte[] {3});
        assertThatThrownBy(() -> ring.submit(first)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 2048, 12288})
    void refusesRingSizesThatTheKernelRefuses(int bytes) {
        assertThatThrownBy(() -> ring(bytes)).hasMessageContaining("whole pages");
    }

    @Test
    void storageIsKeyedBySocket() {
        SocketStorage storage = SocketStorage.of("s", 4, HOST);
        assertThat(storage.put(5, word(1), UpdateFlag.EXIST.bit())).contains(Errno.ENOENT);
        assertThat(storage.create(5, word(1))).isPresent();
        assertThat(storage.create(5, word(2)).orElseThrow().bytes())
                .as("what is there stays")
                .isEqualTo(word(1));
        assertThat(storage.put(5, word(3), UpdateFlag.NOEXIST.bit())).contains(Errno.EEXIST);
        storage.accepted(5, 6);
        storage.accepted(7, 8);
        assertThat(storage.entries().keySet()).containsExactlyInAnyOrder(5L, 6L);
        storage.find(6).orElseThrow().live()[0] = 9;
        assertThat(storage.lookup(5).orElseThrow()).as("a copy").isEqualTo(word(1));
        storage.full(true);
        assertThat(storage.create(9, word(1))).isEmpty();
        assertThat(storage.put(9, word(1), 0)).contains(Errno.ENOMEM);
        assertThat(storage.remove(5)).isTrue();
        assertThat(storage.remove(5)).isFalse();
        assertThat(storage.lookup(5)).isEmpty();
    }

    /**
     * Returns a map of values `{struct bpf_spin_lock lock; u32 pad; u64 full}`, or with the lock at
     * 4.
     */
    private static MapSpec locked(BtfBuilder types, MapType type, int flags, int at) {
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        int lock = types.struct("bpf_spin_lock", 4, List.of(new BtfType.Member("val", u32, 0, 0)));
        List<BtfType.Member> members = List.of(
                new BtfType.Member("a", at == 0 ? lock : u32, 0, 0),
                new BtfType.Member("b", at == 0 ? u32 : lock, 32, 0));
        int value = types.struct("locked", 8, members);
        return new MapSpec("l", type, 4, 8, 2, flags).typed(u32, value);
    }

    @Test
    void updatesPreserveLocks() {
        BtfBuilder types = new BtfBuilder();
        MapSpec spec = locked(types, MapType.HASH, 0, 4);
        KeyedMap map = (KeyedMap) Maps.create(spec, types.build(), HOST);
        assertThat(map.lock()).hasValue(4);
        assertThat(map.put(word(1), new byte[] {1, 1, 1, 1, 1, 1, 1, 1})).isEmpty();
        assertThat(map.lookup(word(1)).orElseThrow()).isEqualTo(new byte[] {1, 1, 1, 1, 0, 0, 0, 0});
        Cell cell = map.find(word(1), 0).orElseThrow();
        assertThat(map.put(word(1), new byte[] {2, 2, 2, 2, 2, 2, 2, 2}, UpdateFlag.LOCK.bit()))
                .isEmpty();
        assertThat(cell.bytes()).as("in place").isEqualTo(new byte[] {2, 2, 2, 2, 0, 0, 0, 0});
        assertThat(map.put(word(2), new byte[8], UpdateFlag.LOCK.bit() | UpdateFlag.EXIST.bit()))
                .contains(Errno.ENOENT);
        cell.take(this);
        assertThatThrownBy(() -> map.put(word(1), new byte[8], UpdateFlag.LOCK.bit()))
                .hasMessage("the lock is held by a run that has not ended");
    }

    @Test
    void acceptsLocksOnlyInMapTypesThatTheKernelSupports() {
        BtfBuilder types = new BtfBuilder();
        MapSpec lru = locked(types, MapType.LRU_HASH, 0, 0);
        assertThatThrownBy(() -> Maps.create(lru, types.build(), HOST)).hasMessageContaining("has no lock");
        MapSpec readOnly = locked(types, MapType.ARRAY, MapFlag.RDONLY_PROG.bit(), 0);
        assertThatThrownBy(() -> Maps.create(readOnly, types.build(), HOST)).hasMessageContaining("only read");
        MapSpec storage = new MapSpec(
                "s",
                MapType.SK_STORAGE,
                4,
                8,
                0,
                MapFlag.NO_PREALLOC.bit(),
                lru.keyType(),
                lru.valueType(),
                Optional.empty());
        assertThat(Maps.create(storage, types.build(), HOST)).isInstanceOf(SocketStorage.class);
    }

    @Test
    void nextGenerationReusesMapsWithEqualDefinitions() {
        MapSpec counter = new MapSpec("c", MapType.PERCPU_ARRAY, 4, 8, 1, 0);
        MapSpec hash = new MapSpec("h", MapType.HASH, 4, 8, 1, 0);
        MapSpec live = new MapSpec("n", MapType.ARRAY_OF_MAPS, 4, 4, 1, 0).holding(hash);
        Maps first = Maps.of(object(counter, hash, live), 2).filled();
        KeyedMap inner = first.inner("n");
        Maps second = first.next(object(counter, new MapSpec("h", MapType.HASH, 4, 8, 2, 0), live));
        assertThat(second.keyed("c")).isSameAs(first.keyed("c"));
        assertThat(second.keyed("h")).isNotSameAs(first.keyed("h"));
        assertThat(second.inner("n")).isSameAs(inner);
        assertThat(second.keyed("h").host().cpus()).isEqualTo(2);
        assertThatThrownBy(() -> first.map("x")).hasMessageContaining("no map `x`");
        assertThatThrownBy(() -> first.ring("c")).hasMessage("map `c` is PERCPU_ARRAY");
        assertThatThrownBy(() -> Maps.of(object(live), 1).inner("n")).hasMessage("`n` holds no map yet");
    }

    private static BpfObject object(MapSpec... maps) {
        return new BpfObject(ByteOrder.LITTLE_ENDIAN, "GPL", List.of(), List.of(maps), List.of(), Btf.EMPTY);
    }
}
