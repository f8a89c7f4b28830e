package org.ringwall.bpf.object;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A map that a loader creates; sizes in bytes.
 *
 * @param flags `map_flags`, a bit set
 * @param keyType the BTF type of the key, whose size is {@code keySize}
 * @param valueType the BTF type of the value, whose size is {@code valueSize}
 * @param inner for a map of maps, what its values look like
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
        Optional<MapSpec> inner) {
    public MapSpec {
        Checks.name(name);
        Checks.that(keySize >= 0 && valueSize >= 0 && maxEntries >= 0, "map `" + name + "` has a negative size");
        Checks.that(keyType.orElse(1) > 0 && valueType.orElse(1) > 0, "map `" + name + "` has type `void`");
        Checks.that(type.holdsMaps() || inner.isEmpty(), "map `" + name + "` is no map of maps");
        Checks.that(inner.isEmpty() || inner.get().inner().isEmpty(), "map `" + name + "` nests three deep");
        // libbpf's name for it (bpf_object__init_user_btf_map).
        Checks.that(
                inner.isEmpty() || inner.get().name().equals(name + INNER), "map `" + name + "` names what it holds");
        Checks.that(!type.holdsMaps() || valueSize == 4, "map `" + name + "` holds maps, whose values are 4 bytes");
        Checks.that(!type.holdsMaps() || valueType.isEmpty(), "map `" + name + "` holds maps, which have no type");
    }

    /** What a map of maps calls the map that it holds, after its own name. */
    static final String INNER = ".inner";

    /** A map without BTF types that holds no maps. */
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

    /** The same map with BTF types for its keys and values. */
    public MapSpec typed(int key, int value) {
        return new MapSpec(
                name, type, keySize, valueSize, maxEntries, flags, OptionalInt.of(key), OptionalInt.of(value), inner);
    }

    /** The same map of maps, whose values are like {@code innermost}, whatever its name. */
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
        return new MapSpec(name, type, keySize, valueSize, maxEntries, flags, keyType, valueType, Optional.of(value));
    }
}
