// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.IndexMembers;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The indexes of the generations of an instance: arrays in which programs find maps that they do
 * not name (docs/abi.md section 1). Each generation has its own. An element is the map with the
 * name, or the inner map of a live set or a table, which the element follows when it is exchanged.
 * A folder marks an exchange that is under way.
 */
public final class MapIndexes {
    private static final String EXCHANGING = "exchanging";

    private final Bpf bpf;
    private final PinStore pins;
    private final InstanceFolder folder;

    MapIndexes(Bpf bpf, PinStore pins, InstanceFolder folder) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = folder;
    }

    /** An element that is not the map that it must be. */
    public record Wrong(String index, int element, String map) {}

    /** Pins the indexes of a generation that is not in force yet. */
    public void pin(int generation, Generation loaded) {
        loaded.mapNames().stream()
                .filter(StateNames::isIndex)
                .forEach(name -> bpf.objPin(
                        loaded.map(name), folder.generation(generation).resolve(name)));
    }

    /** Returns the names of the indexes of a generation. */
    public List<String> names(int generation) {
        return folder.pins(generation).stream().filter(StateNames::isIndex).toList();
    }

    /**
     * Returns what keeps the indexes of all generations like the inner map of this live set or
     * table. Nothing is read before an exchange.
     */
    public ExchangedMap.Follower follower(String map) {
        return (exchange, undo) -> {
            List<Integer> indexed = indexed();
            if (indexed.isEmpty()) {
                exchange.run();
                return;
            }
            Path marker = folder.path().resolve(EXCHANGING);
            pins.createFolder(marker);
            try {
                exchange.run();
                indexed.forEach(generation -> follow(generation, map::equals));
                pins.removeFolder(marker);
            } catch (RuntimeException e) {
                try {
                    undo.run();
                    indexed.forEach(generation -> follow(generation, map::equals));
                    pins.removeFolder(marker);
                } catch (RuntimeException again) {
                    // The next command completes it.
                    e.addSuppressed(again);
                }
                throw e;
            }
        };
    }

    /**
     * Completes an exchange that was interrupted. Where the map had been exchanged the indexes
     * follow; else they are as they were.
     */
    void settle() {
        Path marker = folder.path().resolve(EXCHANGING);
        if (pins.exists(marker)) {
            indexed().forEach(generation -> follow(generation, any -> true));
            pins.removeFolder(marker);
        }
    }

    /** Forgets an exchange that was interrupted, before all is removed. */
    void forget() {
        pins.removeFolder(folder.path().resolve(EXCHANGING));
    }

    private List<Integer> indexed() {
        return folder.generations().stream()
                .filter(generation -> !names(generation).isEmpty())
                .toList();
    }

    private void follow(int generation, Predicate<String> maps) {
        visit(generation, maps, (wrong, index, map) -> put(bpf, index, wrong.element(), map));
    }

    /** Returns the elements of a generation's indexes that are not the maps that they must be. */
    public List<Wrong> wrong(int generation) {
        List<Wrong> found = new ArrayList<>();
        visit(generation, any -> true, (wrong, index, map) -> found.add(wrong));
        return found;
    }

    private interface Visitor {
        void wrong(Wrong element, Fd index, Fd map);
    }

    /** Visits the elements that are not the current map of a member with a selected name. */
    private void visit(int generation, Predicate<String> selected, Visitor visitor) {
        Set<Integer> used = folder.mapsUsed(generation, List.of());
        Map<String, List<String>> members = members(generation);
        for (String name : names(generation)) {
            try (Fd index = bpf.objGet(folder.generation(generation).resolve(name))) {
                List<String> maps = members.getOrDefault(name, List.of());
                for (int i = 0; i < maps.size(); i++) {
                    if (selected.test(maps.get(i))) {
                        visit(new Wrong(name, i, maps.get(i)), index, used, visitor);
                    }
                }
            }
        }
    }

    private void visit(Wrong element, Fd index, Set<Integer> used, Visitor visitor) {
        for (String pin : StateMaps.pinsOf(element.map())) {
            Optional<Fd> opened =
                    folder.open(folder.path().resolve(StateMaps.FOLDER).resolve(pin));
            if (opened.isEmpty()) {
                continue;
            }
            try (Fd map = opened.get()) {
                MapInfo info = bpf.mapInfo(map);
                if (!used.contains(info.id())) {
                    // Another generation's.
                    continue;
                }
                try (Fd current = current(bpf, map, info)) {
                    int id = bpf.mapInfo(current).id();
                    if (!id(bpf, index, element.element()).equals(OptionalInt.of(id))) {
                        visitor.wrong(element, index, current);
                    }
                }
            }
        }
    }

    private Map<String, List<String>> members(int generation) {
        Optional<Fd> opened = folder.open(folder.generation(generation).resolve(InstanceFolder.RODATA));
        if (opened.isEmpty()) {
            return Map.of();
        }
        try (Fd rodata = opened.get()) {
            Map<String, String> texts = new TreeMap<>();
            Variables.bytes(bpf, rodata, name -> StateNames.indexOf(name).isPresent())
                    .orElse(Map.of())
                    .forEach((name, bytes) -> texts.put(name, Variables.text(bytes)));
            return IndexMembers.of(texts);
        }
    }

    /** Opens the map that an element must be: of a live set or a table, its inner map. */
    private static Fd current(Bpf bpf, Fd map, MapInfo info) {
        return info.type() == MapType.ARRAY_OF_MAPS.number()
                ? new ExchangedMap(bpf, map).inner()
                : bpf.mapById(info.id());
    }

    /**
     * Creates an index and puts maps into its elements.
     *
     * @param maps the maps, or of live sets and tables the maps of maps, in the order of the
     *     elements
     */
    public static Fd create(Bpf bpf, org.ringwall.loader.bpf.MapSpec spec, List<Fd> maps) {
        try (Fd first = current(bpf, maps.get(0), bpf.mapInfo(maps.get(0)))) {
            Fd index = bpf.mapCreate(spec.of(first));
            try {
                for (int i = 0; i < maps.size(); i++) {
                    try (Fd map = current(bpf, maps.get(i), bpf.mapInfo(maps.get(i)))) {
                        put(bpf, index, i, map);
                    }
                }
                return index;
            } catch (RuntimeException e) {
                index.close();
                throw e;
            }
        }
    }

    private static void put(Bpf bpf, Fd index, int element, Fd map) {
        bpf.mapUpdate(index, word(element), word(map.number()));
    }

    private static OptionalInt id(Bpf bpf, Fd index, int element) {
        return bpf.mapLookup(index, word(element), Integer.BYTES).stream()
                .mapToInt(
                        id -> ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt())
                .findFirst();
    }

    private static byte[] word(int number) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(number)
                .array();
    }
}
