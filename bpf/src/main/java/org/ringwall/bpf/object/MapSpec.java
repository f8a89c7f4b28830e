// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A map that a loader creates; sizes in bytes.
 *
 * @param flags `map_flags`, a bit set
 * @param keyType the BTF type of the key, whose size is {@code keySize}
 * @param valueType the BTF type of the value, whose size is {@code valueSize}
 * @param inner for a map of maps, the specification of its inner maps
 * @param pinned whether it is to outlive the programs (LIBBPF_PIN_BY_NAME)
 */
public record MapSpec(
        String name,
        MapType type,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        OptionalInt keyType,
        OptionalInt valueType,
        Optional<MapSpec> inner,
        boolean pinned) {
    public MapSpec {
        Checks.name(name);
        Checks.that(keySize >= 0 && valueSize >= 0 && maxEntries >= 0, "map `" + name + "` has a negative size");
        Checks.that(keyType.orElse(1) > 0 && valueType.orElse(1) > 0, "map `" + name + "` has type `void`");
        Checks.that(type.holdsMaps() || inner.isEmpty(), "map `" + name + "` is not a map of maps");
        Checks.that(inner.isEmpty() || inner.get().inner().isEmpty(), "map `" + name + "` nests three deep");
        // The name that libbpf gives it (bpf_object__init_user_btf_map).
        Checks.that(
                inner.isEmpty() || inner.get().name().equals(name + INNER), "map `" + name + "` names what it holds");
        Checks.that(!type.holdsMaps() || valueSize == 4, "map `" + name + "` holds maps, whose values are 4 bytes");
        Checks.that(!type.holdsMaps() || valueType.isEmpty(), "map `" + name + "` holds maps, which have no type");
    }

    /** The suffix that an inner map adds to the name of its map of maps. */
    static final String INNER = ".inner";

    /** Creates a map that ends with its programs. */
    public MapSpec(
            String name,
            MapType type,
            int keySize,
            int valueSize,
            int maxEntries,
            int flags,
            OptionalInt keyType,
            OptionalInt valueType,
            Optional<MapSpec> inner) {
        this(name, type, keySize, valueSize, maxEntries, flags, keyType, valueType, inner, false);
    }

    /** Creates a map without BTF types that is not a map of maps. */
    public MapSpec(String name, MapType type, int keySize, int valueSize, int maxEntries, int flags) {
        this(
                name,
                type,
                keySize,
                valueSize,
                maxEntries,
                flags,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty());
    }

    /** Returns the same map with another number of entries; of a ring, of bytes. */
    public MapSpec sized(int entries) {
        return new MapSpec(name, type, keySize, valueSize, entries, flags, keyType, valueType, inner, pinned);
    }

    /** Returns the same map with BTF types for its keys and values. */
    public MapSpec typed(int key, int value) {
        return new MapSpec(
                name,
                type,
                keySize,
                valueSize,
                maxEntries,
                flags,
                OptionalInt.of(key),
                OptionalInt.of(value),
                inner,
                pinned);
    }

    /**
     * Returns the same map of maps with inner maps like {@code innermost}, whose name is ignored.
     */
    public MapSpec holding(MapSpec innermost) {
        MapSpec value = new MapSpec(
                name + INNER,
                innermost.type,
                innermost.keySize,
                innermost.valueSize,
                innermost.maxEntries,
                innermost.flags,
                innermost.keyType,
                innermost.valueType,
                innermost.inner);
        return new MapSpec(
                name, type, keySize, valueSize, maxEntries, flags, keyType, valueType, Optional.of(value), pinned);
    }
}
