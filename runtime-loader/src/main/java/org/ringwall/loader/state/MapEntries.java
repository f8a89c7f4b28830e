// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.sys.Fd;

/**
 * Iteration over a map that others may change meanwhile. Each key is returned once; keys that exist
 * all the time are not missed.
 */
public final class MapEntries {
    /**
     * A key that is deleted during the walk restarts it. This limits the number of restarts on a
     * busy map, whose keys may then be incomplete.
     */
    private static final int RESTARTS = 16;

    private MapEntries() {}

    /**
     * Returns the values by key.
     *
     * @param valueSize the bytes that the kernel writes for one key, for all CPUs in per-CPU maps
     */
    public static Map<ByteBuffer, byte[]> all(Bpf bpf, Fd map, int valueSize) {
        MapInfo info = bpf.mapInfo(map);
        Map<ByteBuffer, byte[]> found = new LinkedHashMap<>();
        long steps = RESTARTS * (Integer.toUnsignedLong(info.maxEntries()) + 1);
        Set<ByteBuffer> gone = new HashSet<>();
        Optional<byte[]> key = bpf.mapNextKey(map, Optional.empty(), info.keySize());
        for (long step = 0; step < steps && key.isPresent(); step++) {
            ByteBuffer name = ByteBuffer.wrap(key.get());
            Optional<byte[]> value = bpf.mapLookup(map, key.get(), valueSize);
            if (value.isPresent()) {
                found.put(name, value.get());
            } else {
                gone.add(name);
            }
            key = bpf.mapNextKey(map, key, info.keySize());
        }
        gone.forEach(found::remove);
        return found;
    }

    /**
     * Returns the number of keys of a map, without reading their values. A map whose keys come and
     * go can seem to have more.
     *
     * @param most the number at which counting ends
     */
    public static int count(Bpf bpf, Fd map, int most) {
        int size = bpf.mapInfo(map).keySize();
        int keys = 0;
        Optional<byte[]> key = bpf.mapNextKey(map, Optional.empty(), size);
        while (key.isPresent() && keys < most) {
            keys++;
            key = bpf.mapNextKey(map, key, size);
        }
        return keys;
    }

    /**
     * Returns the values by key of a map that only commands change, one at a time, with as few
     * system calls as the kernel permits.
     */
    public static Map<ByteBuffer, byte[]> settled(Bpf bpf, Fd map) {
        MapInfo info = bpf.mapInfo(map);
        int keySize = info.keySize();
        int valueSize = info.valueSize();
        Map<ByteBuffer, byte[]> found = new LinkedHashMap<>();
        boolean read = bpf.mapReadBatch(map, keySize, valueSize, (keys, values, count) -> {
            for (int i = 0; i < count; i++) {
                found.put(
                        ByteBuffer.wrap(Arrays.copyOfRange(keys, i * keySize, (i + 1) * keySize)),
                        Arrays.copyOfRange(values, i * valueSize, (i + 1) * valueSize));
            }
        });
        return read ? found : all(bpf, map, valueSize);
    }

    /** Reads the same entries without an object for each. Some may be read twice. */
    static void each(Bpf bpf, Fd map, Bpf.EntryReader reader) {
        MapInfo info = bpf.mapInfo(map);
        if (!bpf.mapReadBatch(map, info.keySize(), info.valueSize(), reader)) {
            all(bpf, map, info.valueSize()).forEach((key, value) -> reader.read(key.array(), value, 1));
        }
    }

    /** Adds entries to a map that is not in force yet. */
    static void fill(Bpf bpf, Fd map, Map<ByteBuffer, byte[]> content) {
        if (content.isEmpty()) {
            return;
        }
        int count = content.size();
        Map.Entry<ByteBuffer, byte[]> first = content.entrySet().iterator().next();
        ByteBuffer keys = ByteBuffer.allocate(count * first.getKey().capacity());
        ByteBuffer values = ByteBuffer.allocate(count * first.getValue().length);
        content.forEach((key, value) -> {
            keys.put(key.array());
            values.put(value);
        });
        if (!bpf.mapUpdateBatch(map, keys.array(), values.array(), count)) {
            content.forEach((key, value) -> bpf.mapUpdate(map, key.array(), value));
        }
    }

    /**
     * Returns the bytes that the kernel writes for one key of a per-CPU map with values of this
     * size.
     */
    public static int perCpu(Bpf bpf, int valueSize) {
        return bpf.possibleCpus() * (valueSize + 7 & -8);
    }
}
