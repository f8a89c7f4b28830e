// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.state.IndexMembers;

/**
 * The maps of an object by their names. Programs loaded with the same instance share its maps;
 * {@link #next} passes them to another generation.
 */
public final class Maps {
    /** No maps. */
    public static final Maps NONE = new Maps(Map.of(), Map.of());

    private final Map<String, BpfMap> byName;
    private final Map<String, List<String>> members;

    private Maps(Map<String, BpfMap> byName, Map<String, List<String>> members) {
        this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
        this.members = Map.copyOf(members);
    }

    /**
     * Returns new maps as the object declares them, on a host of its byte order with this many
     * CPUs. Maps of maps are empty.
     */
    public static Maps of(BpfObject object, int cpus) {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        MapHost host = new MapHost(object.order(), cpus);
        object.maps().forEach(spec -> maps.put(spec.name(), create(spec, object.btf(), host)));
        return new Maps(maps, IndexMembers.of(object));
    }

    /**
     * Returns a new map.
     *
     * @throws IllegalArgumentException if the kernel would not create it
     */
    public static BpfMap create(MapSpec spec, Btf types, MapHost host) {
        return switch (spec.type()) {
            case RINGBUF -> new Ring(spec, host);
            case SK_STORAGE -> new SocketStorage(spec, host, SpinLocks.offset(spec, types));
            case ARRAY_OF_MAPS ->
                new MapOfMaps(
                        spec,
                        host,
                        spec.inner()
                                .map(inner -> SpinLocks.offset(inner, types))
                                .orElse(OptionalInt.empty()));
            default ->
                keyed(spec, host, SpinLocks.offset(spec, types))
                        .map(BpfMap.class::cast)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "map `%s`: %s is not modelled".formatted(spec.name(), spec.type())));
        };
    }

    /** Returns a new map with keys and values, without BTF types. */
    public static KeyedMap keyed(MapSpec spec, MapHost host) {
        return keyed(spec, host, OptionalInt.empty())
                .orElseThrow(() -> new IllegalArgumentException("`" + spec.name() + "` is not a map with keys"));
    }

    static Optional<KeyedMap> keyed(MapSpec spec, MapHost host, OptionalInt lock) {
        return switch (spec.type()) {
            case ARRAY, PERCPU_ARRAY -> Optional.of(new ArrayMap(spec, host, lock));
            case HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH -> Optional.of(new HashedMap(spec, host, lock));
            case LPM_TRIE -> Optional.of(new TrieMap(spec, host, lock));
            default -> Optional.empty();
        };
    }

    /**
     * Returns the maps of the next object: maps of equal name and specification are kept with their
     * content, the others are new.
     */
    public Maps next(BpfObject newer) {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        newer.maps().forEach(spec -> {
            BpfMap mine = byName.get(spec.name());
            MapHost host = mine == null ? new MapHost(newer.order(), cpus()) : mine.host();
            BpfMap made = create(spec, newer.btf(), host);
            maps.put(spec.name(), mine != null && alike(mine, made) ? mine : made);
        });
        return new Maps(maps, IndexMembers.of(newer));
    }

    private int cpus() {
        return byName.values().stream().mapToInt(map -> map.host().cpus()).max().orElse(1);
    }

    /** Returns whether specifications are equal without type ids, which differ between objects. */
    private static boolean alike(BpfMap one, BpfMap other) {
        return untyped(one.spec()).equals(untyped(other.spec()));
    }

    private static MapSpec untyped(MapSpec spec) {
        MapSpec plain = new MapSpec(
                spec.name(), spec.type(), spec.keySize(), spec.valueSize(), spec.maxEntries(), spec.flags());
        return spec.inner().map(inner -> plain.holding(untyped(inner))).orElse(plain);
    }

    /** Returns the same maps with this map by the name, added or replaced. */
    public Maps with(String name, BpfMap map) {
        Map<String, BpfMap> maps = new LinkedHashMap<>(byName);
        maps.put(name, map);
        return new Maps(maps, members);
    }

    /**
     * Puts a new inner map into every empty element 0 of a map of maps, and the maps of indexes
     * into their elements, as a loader does before programs are attached.
     */
    public Maps filled() {
        byName.forEach((name, map) -> {
            if (map instanceof MapOfMaps outer
                    && !members.containsKey(name)
                    && outer.lookup(0).isEmpty()) {
                outer.put(0, outer.newInner());
            }
        });
        members.forEach((index, maps) -> {
            for (int i = 0; i < maps.size(); i++) {
                String name = maps.get(i);
                KeyedMap member = map(name) instanceof MapOfMaps ? inner(name) : keyed(name);
                outer(index).put(i, member).ifPresent(errno -> {
                    throw new IllegalArgumentException(index + " does not take `" + name + "`: " + errno);
                });
            }
        });
        return this;
    }

    public Collection<BpfMap> all() {
        return byName.values();
    }

    public Map<String, BpfMap> byName() {
        return byName;
    }

    /** Returns the map with this name, which must exist. */
    public BpfMap map(String name) {
        BpfMap map = byName.get(name);
        if (map == null) {
            throw new IllegalArgumentException("no map `" + name + "`; there are " + byName.keySet());
        }
        return map;
    }

    /** Returns the map with keys and values of this name. */
    public KeyedMap keyed(String name) {
        return as(KeyedMap.class, name);
    }

    public MapOfMaps outer(String name) {
        return as(MapOfMaps.class, name);
    }

    /** Returns the map in element 0 of the map of maps of this name. */
    public KeyedMap inner(String name) {
        return outer(name).lookup(0).orElseThrow(() -> new IllegalArgumentException("`" + name + "` holds no map yet"));
    }

    public Ring ring(String name) {
        return as(Ring.class, name);
    }

    public SocketStorage storage(String name) {
        return as(SocketStorage.class, name);
    }

    private <T extends BpfMap> T as(Class<T> kind, String name) {
        BpfMap map = map(name);
        if (!kind.isInstance(map)) {
            throw new IllegalArgumentException(
                    "map `%s` is %s".formatted(name, map.spec().type()));
        }
        return kind.cast(map);
    }
}
