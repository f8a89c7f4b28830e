// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.MapIndexes;
import org.ringwall.loader.instance.StateMaps;
import org.ringwall.loader.object.Param;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;

/**
 * The maps that the programs of a generation must use, open. Those that are pinned are known by
 * their pins. Further data sections are not pinned; they are known by their content.
 */
final class GenerationMaps implements AutoCloseable {
    /** The number of times that an index is compared while it differs. */
    private static final int ATTEMPTS = 5;

    private final Bpf bpf;
    private final PolicyObject policy;
    private final Map<String, Map<Integer, Fd>> pinned = new HashMap<>();
    private final Map<Integer, Fd> byId = new HashMap<>();
    private final Set<Integer> sound = new HashSet<>();
    private final List<Fd> open = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();
    private byte[] rodata = new byte[0];

    private GenerationMaps(Bpf bpf, PolicyObject policy) {
        this.bpf = bpf;
        this.policy = policy;
    }

    /** Opens the maps of a generation and compares them with its object. */
    static GenerationMaps open(Bpf bpf, InstanceFolder folder, int generation, PolicyObject policy) {
        GenerationMaps maps = new GenerationMaps(bpf, policy);
        try {
            maps.read(folder, generation);
            return maps;
        } catch (RuntimeException e) {
            maps.close();
            throw e;
        }
    }

    private void read(InstanceFolder folder, int generation) {
        folder.open(folder.control())
                .ifPresentOrElse(
                        map -> add(PolicyObject.DATA, map), () -> differences.add("the control map is not pinned"));
        Optional<Fd> data = folder.open(folder.generation(generation).resolve(InstanceFolder.RODATA));
        if (data.isEmpty()) {
            differences.add(".rodata of generation " + Integer.toUnsignedString(generation) + " is not pinned");
        } else {
            add(PolicyObject.RODATA, data.get());
            rodata(generation, data.get());
        }
        StateMaps state = folder.maps();
        for (String pin : state.names()) {
            String name = StateMaps.anyPin(pin);
            state.open(pin).ifPresent(map -> {
                add(name, map);
                declared(name)
                        .flatMap(spec ->
                                state.formDifference(spec, map, policy.object().btf()))
                        .ifPresent(what -> differences.add("the map `" + pin + "` has " + what));
            });
        }
        indexes(folder, generation);
        for (MapSpec map : policy.object().maps()) {
            boolean used = policy.object().programs().stream()
                    .flatMap(program -> program.relocations().stream())
                    .anyMatch(relocation -> relocation.symbol().equals(map.name()));
            // Without its pin nothing says which map it is, and another one could be in its place.
            if (used && pinnedIds(map.name()).isEmpty()) {
                differences.add("the map `" + map.name() + "` is not pinned");
            }
        }
    }

    private void indexes(InstanceFolder folder, int generation) {
        MapIndexes indexes = folder.indexes();
        indexes.names(generation)
                .forEach(name ->
                        folder.open(folder.generation(generation).resolve(name)).ifPresent(map -> add(name, map)));
        List<MapIndexes.Wrong> wrong = indexes.wrong(generation);
        for (int i = 1; i < ATTEMPTS && !wrong.isEmpty(); i++) {
            // A command may have exchanged a map meanwhile.
            wrong = indexes.wrong(generation);
        }
        wrong.forEach(each -> differences.add(
                "element " + each.element() + " of `" + each.index() + "` is not the map `" + each.map() + "`"));
    }

    private Optional<MapSpec> declared(String name) {
        return policy.object().maps().stream()
                .filter(map -> map.name().equals(name))
                .findFirst();
    }

    private void add(String name, Fd map) {
        open.add(map);
        int id = bpf.mapInfo(map).id();
        pinned.computeIfAbsent(name, any -> new TreeMap<>()).put(id, map);
        byId.put(id, map);
    }

    /** Compares `.rodata` with the object, apart from the generation and values of params. */
    private void rodata(int generation, Fd map) {
        DataSection section = policy.section(PolicyObject.RODATA);
        Optional<byte[]> there = content(section, map);
        if (there.isEmpty()) {
            return;
        }
        rodata = there.get();
        ByteBuffer actual = ByteBuffer.wrap(rodata).order(ByteOrder.nativeOrder());
        Map<String, Long> values = new HashMap<>();
        for (Param param : policy.params()) {
            long value = actual.getLong(param.offset());
            if (!param.takes(value)) {
                differences.add("param `" + param.name() + "` has the value " + Long.toUnsignedString(value)
                        + ", which is outside of " + param.range());
            }
            values.put(param.name(), value);
        }
        compare(PolicyObject.RODATA, policy.rodata(generation, values), rodata);
    }

    private void compare(String section, byte[] expected, byte[] actual) {
        int at = Arrays.mismatch(expected, actual);
        if (at >= 0) {
            differences.add("`" + section + "` differs from the object at byte " + at);
        }
    }

    /** Returns the content of a data section's map if its form is the one of the object. */
    private Optional<byte[]> content(DataSection section, Fd map) {
        MapInfo info = bpf.mapInfo(map);
        boolean form = info.type() == org.ringwall.loader.bpf.MapSpec.ARRAY
                && info.keySize() == Integer.BYTES
                && info.valueSize() == section.content().size()
                && info.maxEntries() == 1
                && (info.flags() & org.ringwall.loader.bpf.MapSpec.READ_ONLY_FOR_PROGRAMS) != 0;
        if (!form) {
            differences.add("the map of `" + section.name() + "` is not one that programs can only read, or has"
                    + " another size");
            return Optional.empty();
        }
        if (!MapContent.isFrozen(map)) {
            differences.add("`" + section.name() + "` is not frozen");
        }
        return Optional.of(MapContent.of(bpf, map));
    }

    /** Returns the content of `.rodata` in force. */
    byte[] rodata() {
        return rodata.clone();
    }

    /** Returns a phrase for each difference from the object. */
    List<String> differences() {
        return differences;
    }

    /**
     * Returns the map that a program uses for a name of its object; empty if it is another one.
     *
     * @param id of the map that it uses
     */
    Optional<Fd> used(String name, int id) {
        Map<Integer, Fd> known = pinned.getOrDefault(name, Map.of());
        if (!known.isEmpty()) {
            return Optional.ofNullable(known.get(id));
        }
        Fd map = byId.computeIfAbsent(id, this::openById);
        Optional<DataSection> section = policy.object().section(name).filter(each -> !name.equals(PolicyObject.DATA));
        if (section.isPresent() && sound.add(id)) {
            content(section.get(), map)
                    .ifPresent(actual -> compare(name, section.get().content().toArray(), actual));
        }
        return Optional.of(map);
    }

    private Fd openById(int id) {
        Fd map = bpf.mapById(id);
        open.add(map);
        return map;
    }

    /** Returns the ids of the maps that are pinned with a name. */
    Set<Integer> pinnedIds(String name) {
        return pinned.getOrDefault(name, Map.of()).keySet();
    }

    /** Returns whether a map is one of the instance's pinned maps. */
    boolean isPinned(int id) {
        return pinned.values().stream().anyMatch(maps -> maps.containsKey(id));
    }

    @Override
    public void close() {
        open.forEach(Fd::close);
    }
}
