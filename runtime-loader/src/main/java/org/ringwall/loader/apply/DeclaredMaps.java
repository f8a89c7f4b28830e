// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.MapDeclaration;

/**
 * The restrictions on maps that an object declares in `.maps`: types that a program at a cgroup
 * hook can use by itself, and limits that keep a hostile object from exhausting the host's memory.
 */
final class DeclaredMaps {
    private static final Set<MapType> TYPES = EnumSet.of(
            MapType.HASH,
            MapType.ARRAY,
            MapType.PERCPU_HASH,
            MapType.PERCPU_ARRAY,
            MapType.LRU_HASH,
            MapType.LRU_PERCPU_HASH,
            MapType.LPM_TRIE,
            MapType.RINGBUF,
            MapType.SK_STORAGE,
            MapType.ARRAY_OF_MAPS,
            MapType.HASH_OF_MAPS);

    /** A map's name is also the name of its pin, and bpffs accepts no dots in names. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1,63}");

    private static final int FLAGS =
            Arrays.stream(MapFlag.values()).mapToInt(MapFlag::bit).reduce(0, (one, other) -> one | other);

    private static final int MOST_KEY = 512;
    private static final int MOST_VALUE = 1 << 16;
    private static final long MOST_BYTES = 1L << 28;

    private DeclaredMaps() {}

    /**
     * Checks the declared maps.
     *
     * @throws InputException if one violates the restrictions
     */
    static void check(List<MapSpec> maps) {
        if (maps.size() > MapDeclaration.MOST) {
            throw refused(
                    "it declares " + maps.size() + " maps", "an object can declare at most " + MapDeclaration.MOST);
        }
        long bytes = 0;
        for (MapSpec map : maps) {
            if (!NAME.matcher(map.name()).matches()) {
                throw refused(
                        "its map `" + map.name() + "` has a name that cannot be pinned", "use letters, digits and `_`");
            }
            check(map);
            bytes += bytes(map);
        }
        if (bytes > MOST_BYTES) {
            throw refused("its maps need " + bytes + " bytes", "all maps together can have at most " + MOST_BYTES);
        }
    }

    private static void check(MapSpec map) {
        String name = "its map `" + map.name() + "`";
        if (!TYPES.contains(map.type())) {
            throw refused(
                    name + " is of type " + map.type() + ", which ringwall does not create",
                    "use a hash, an array, a trie, a ring buffer or socket storage");
        }
        if ((map.flags() & ~FLAGS) != 0) {
            throw refused(
                    name + " has the flags " + Integer.toUnsignedString(map.flags()), "use only the flags " + FLAGS);
        }
        if (map.keySize() > MOST_KEY || map.valueSize() > MOST_VALUE) {
            throw refused(
                    name + " has keys of " + map.keySize() + " and values of " + map.valueSize() + " bytes",
                    "keys can have at most " + MOST_KEY + " bytes, and values at most " + MOST_VALUE);
        }
        if (map.type() == MapType.SK_STORAGE
                && (map.keyType().isEmpty() || map.valueType().isEmpty())) {
            throw refused(name + " is socket storage without types", "declare `key` and `value` by type");
        }
        if (map.pinned() && map.type().holdsMaps()) {
            throw refused(
                    name + " holds maps and is pinned by name, and maps of maps do not outlive a version",
                    "remove `pinning` from it");
        }
        map.inner().ifPresent(DeclaredMaps::check);
    }

    /** Returns the bytes of a map, with its values counted once for all CPUs. */
    private static long bytes(MapSpec map) {
        long each = map.type() == MapType.RINGBUF ? 1 : (long) map.keySize() + map.valueSize();
        long own = each * map.maxEntries();
        return own + map.inner().map(inner -> bytes(inner)).orElse(0L);
    }

    private static InputException refused(String what, String help) {
        return new InputException("ringwall cannot apply this object: " + what, help);
    }
}
