// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.MapPlace;

/**
 * The indexes of an object: arrays of maps in which its programs look up state that they do not
 * name, because a program can name only 64 maps. All maps of an index have the same layout.
 *
 * @param members the names of the maps of each index, in the order of its elements
 */
public record MapIndexes(Map<String, List<String>> members) {
    /** No indexes. */
    public static final MapIndexes NONE = new MapIndexes(Map.of());

    public MapIndexes {
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /**
     * What the kernel compares before it accepts a map as an element: {@code bpf_map_meta_equal}
     * and, of arrays, {@code array_map_meta_equal}.
     */
    private record Layout(MapType type, int keySize, int valueSize, int flags, int entries) {
        static Layout of(MapSpec map) {
            boolean array = map.type() == MapType.ARRAY || map.type() == MapType.PERCPU_ARRAY;
            return new Layout(map.type(), map.keySize(), map.valueSize(), map.flags(), array ? map.maxEntries() : 0);
        }
    }

    /** Returns the names of the maps and data sections that a program names. */
    public static Set<String> named(ProgramSpec program) {
        return program.relocations().stream().map(Relocation::symbol).collect(Collectors.toSet());
    }

    /**
     * Returns the indexes that an object without them needs for this kernel; none if each program
     * names few enough maps. If even indexes of all state are not enough, these are returned.
     */
    public static MapIndexes of(BpfObject object, KernelVersion oldest) {
        return of(object, oldest, UsedMaps.MOST);
    }

    /** Does the same for programs that may name fewer maps. */
    public static MapIndexes of(BpfObject object, KernelVersion oldest, int most) {
        List<Set<String>> programs =
                object.programs().stream().map(MapIndexes::named).toList();
        Map<String, List<String>> members = new LinkedHashMap<>();
        for (List<String> group : groups(object.maps(), oldest)) {
            MapIndexes sofar = new MapIndexes(members);
            if (programs.stream().allMatch(named -> sofar.count(named) <= most)) {
                break;
            }
            members.put(StateNames.index(members.size()), group);
        }
        return new MapIndexes(members);
    }

    /** Returns how many maps a program names if it uses these indexes. */
    private int count(Set<String> named) {
        int count = named.size();
        for (List<String> group : members.values()) {
            int indexed = (int) group.stream().filter(named::contains).count();
            count -= Math.max(0, indexed - 1);
        }
        return count;
    }

    /** Returns the state of each layout that several maps have, the largest group first. */
    private static List<List<String>> groups(List<MapSpec> maps, KernelVersion oldest) {
        Map<Layout, List<String>> byLayout = new LinkedHashMap<>();
        for (MapSpec map : maps) {
            if (canBeIndexed(map.name(), oldest)) {
                byLayout.computeIfAbsent(Layout.of(map.inner().orElse(map)), any -> new ArrayList<>())
                        .add(map.name());
            }
        }
        return byLayout.values().stream()
                .filter(group -> group.size() > 1)
                .sorted((one, other) -> Integer.compare(other.size(), one.size()))
                .toList();
    }

    /**
     * Returns whether the kernel accepts the map as an element. Before 6.2 no map with a spin lock
     * is one ({@code bpf_map_meta_alloc}).
     */
    private static boolean canBeIndexed(String map, KernelVersion oldest) {
        String name = StateNames.shortName(map);
        return StateNames.isCounter(map)
                || map.equals(StateNames.live(name))
                || map.equals(StateNames.table(name))
                || map.equals(StateNames.rate(name)) && oldest.atLeast(UsedMaps.LOCKS_IN_INDEXES);
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** Returns the place of each map that is in an index. */
    public Map<String, MapPlace> places() {
        Map<String, MapPlace> places = new HashMap<>();
        members.forEach((index, maps) -> {
            for (int i = 0; i < maps.size(); i++) {
                places.put(maps.get(i), new MapPlace(index, i));
            }
        });
        return places;
    }

    /** Returns the names of the maps that are in an index. */
    List<String> maps() {
        return members.values().stream().flatMap(Collection::stream).toList();
    }

    /** Returns how many maps the largest index has. */
    int longest() {
        return members.values().stream().mapToInt(List::size).max().orElse(0);
    }
}
