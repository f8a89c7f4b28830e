// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.loader.bpf.PossibleCpus;
import org.ringwall.loader.model.InputException;

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

    /** The limit for what the kernel allocates when it creates the maps. */
    private static final long MOST_BYTES = 1L << 28;

    /**
     * The limit with all entries that can be added later: a set of 16,777,216 addresses is allowed,
     * and takes memory only for the entries that it has.
     */
    private static final long MOST_LATER = 1L << 31;

    /**
     * More than the kernel's own data for an element of a hash ({@code struct htab_elem}, LRU list
     * included) or for a node of a trie.
     */
    private static final long ELEMENT = 64;

    private static final long BUCKET = 16;
    private static final long POINTER = 8;

    private DeclaredMaps() {}

    /**
     * Checks the declared maps.
     *
     * @throws InputException if one violates the restrictions
     */
    static void check(List<MapSpec> maps) {
        check(maps, PossibleCpus.ofThisMachine());
    }

    /** Checks the declared maps for a host with this many possible CPUs. */
    static void check(List<MapSpec> maps, int cpus) {
        if (maps.size() > MapDeclaration.MOST) {
            throw refused(
                    "it declares " + maps.size() + " maps", "an object can declare at most " + MapDeclaration.MOST);
        }
        for (MapSpec map : maps) {
            if (!NAME.matcher(map.name()).matches()) {
                throw refused(
                        "its map `" + map.name() + "` has a name that cannot be pinned", "use letters, digits and `_`");
            }
            check(map);
        }
        limit(maps, map -> created(map, cpus), MOST_BYTES, cpus, "");
        limit(maps, map -> full(map, cpus), MOST_LATER, cpus, " if they are full");
    }

    private static void limit(List<MapSpec> maps, ToLongFunction<MapSpec> size, long most, int cpus, String when) {
        long bytes = maps.stream().mapToLong(size).sum();
        if (bytes > most) {
            MapSpec largest = maps.stream().max(Comparator.comparingLong(size)).orElseThrow();
            throw refused(
                    "its maps need " + bytes + " bytes" + when + " on this host with " + cpus
                            + (cpus == 1 ? " possible CPU, " : " possible CPUs, ") + size.applyAsLong(largest)
                            + " of them for `" + largest.name() + "`",
                    "all maps together can have at most " + most + ": reduce the entries of `" + largest.name()
                            + "`, such as `max` of a counter or a set"
                            + (perCpu(largest) ? "; it has a value for each possible CPU" : ""));
        }
    }

    private static boolean perCpu(MapSpec map) {
        return switch (map.type()) {
            case PERCPU_HASH, LRU_PERCPU_HASH, PERCPU_ARRAY -> true;
            default -> map.inner().filter(DeclaredMaps::perCpu).isPresent();
        };
    }

    /** Returns about how many bytes the kernel allocates when it creates all maps. */
    static long created(List<MapSpec> maps, int cpus) {
        return maps.stream().mapToLong(map -> created(map, cpus)).sum();
    }

    private static long created(MapSpec map, int cpus) {
        boolean later = (map.flags() & MapFlag.NO_PREALLOC.bit()) != 0;
        return (later ? 0 : bytes(map, cpus))
                + map.inner().map(inner -> created(inner, cpus)).orElse(0L);
    }

    private static long full(MapSpec map, int cpus) {
        return bytes(map, cpus) + map.inner().map(inner -> full(inner, cpus)).orElse(0L);
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

    /** Returns about how many bytes the kernel needs for a map that is full, without inner maps. */
    private static long bytes(MapSpec map, int cpus) {
        long entries = map.maxEntries();
        long value = round8(map.valueSize());
        long perCpu = POINTER + value * cpus;
        return switch (map.type()) {
            case HASH, LRU_HASH, HASH_OF_MAPS -> hash(map, value);
            case PERCPU_HASH, LRU_PERCPU_HASH -> hash(map, perCpu);
            case LPM_TRIE -> entries * (ELEMENT + round8(map.keySize()) + value);
            case PERCPU_ARRAY -> entries * perCpu;
            case RINGBUF -> entries;
            default -> entries * value;
        };
    }

    /** A hash has as many buckets as the next power of two ({@code htab_map_alloc}). */
    private static long hash(MapSpec map, long value) {
        long entries = map.maxEntries();
        long buckets = entries < 2 ? 1 : Long.highestOneBit(entries - 1) << 1;
        return entries * (ELEMENT + round8(map.keySize()) + value) + buckets * BUCKET;
    }

    private static long round8(int size) {
        return (size + 7L) & ~7L;
    }

    private static InputException refused(String what, String help) {
        return new InputException("ringwall cannot apply this object: " + what, help);
    }
}
