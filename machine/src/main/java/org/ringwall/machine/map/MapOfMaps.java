// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * ARRAY_OF_MAPS: elements are maps like the inner one, or empty, as all are initially. Programs can
 * only look them up.
 */
public final class MapOfMaps implements BpfMap {
    private final MapSpec spec;
    private final MapSpec inner;
    private final MapHost host;
    private final OptionalInt lock;
    private final Map<Integer, KeyedMap> elements = new TreeMap<>();

    MapOfMaps(MapSpec spec, MapHost host, OptionalInt innerLock) {
        MapChecks.outer(spec);
        this.spec = spec;
        this.inner = spec.inner().orElseThrow();
        this.host = host;
        this.lock = innerLock;
        newInner();
    }

    @Override
    public MapSpec spec() {
        return spec;
    }

    @Override
    public MapHost host() {
        return host;
    }

    /** Returns an empty map of the inner specification, which is not in an element yet. */
    public KeyedMap newInner() {
        return newInner(inner.maxEntries());
    }

    /** Returns such a map with another number of elements. */
    public KeyedMap newInner(int maxEntries) {
        MapSpec other = new MapSpec(
                inner.name(),
                inner.type(),
                inner.keySize(),
                inner.valueSize(),
                maxEntries,
                inner.flags(),
                inner.keyType(),
                inner.valueType(),
                Optional.empty());
        return Maps.keyed(other, host, lock)
                .orElseThrow(() -> new IllegalArgumentException("`" + inner.name() + "` is not a map with keys"));
    }

    /** Returns the map in this element. */
    public Optional<KeyedMap> lookup(int index) {
        return Optional.ofNullable(elements.get(index));
    }

    /** Returns the map of a key of 4 bytes: `array_of_map_lookup_elem`. */
    public Optional<KeyedMap> find(byte[] key) {
        return lookup(ByteBuffer.wrap(key).order(host.order()).getInt());
    }

    /**
     * Puts a map into an element at one instant; empty on success (`bpf_fd_array_map_update_elem`).
     */
    public Optional<Errno> put(int index, KeyedMap map) {
        if (outside(index)) {
            return Optional.of(Errno.E2BIG);
        }
        if (!like(map)) {
            return Optional.of(Errno.EINVAL);
        }
        elements.put(index, map);
        return Optional.empty();
    }

    /** Clears an element; empty on success (`fd_array_map_delete_elem`). */
    public Optional<Errno> delete(int index) {
        if (outside(index)) {
            return Optional.of(Errno.E2BIG);
        }
        return elements.remove(index) == null ? Optional.of(Errno.ENOENT) : Optional.empty();
    }

    private boolean outside(int index) {
        return Integer.compareUnsigned(index, spec.maxEntries()) >= 0;
    }

    /**
     * Returns whether the kernel accepts a map as an element: `bpf_map_meta_equal`, and
     * `array_map_meta_equal`, which requires the same number of elements.
     */
    private boolean like(KeyedMap map) {
        MapSpec other = map.spec();
        boolean array = inner.type() == MapType.ARRAY || inner.type() == MapType.PERCPU_ARRAY;
        return other.type() == inner.type()
                && other.keySize() == inner.keySize()
                && other.valueSize() == inner.valueSize()
                && other.flags() == inner.flags()
                && Objects.equals(map.lock(), lock)
                && (!array || other.maxEntries() == inner.maxEntries());
    }
}
