// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.nio.ByteBuffer;
import java.util.Map;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.instance.AppliedObject;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.MapOfMaps;
import org.ringwall.machine.map.Maps;

/**
 * A reader of copies of the maps on which verdicts depend: live sets, tables, and the buckets of
 * rates. Maps that only receive effects, such as counters and rings, are empty.
 */
final class LiveMaps {
    private static final int CPUS = 1;

    private LiveMaps() {}

    /** Copies the maps of a generation. */
    static Maps read(AppliedObject applied) {
        Maps maps = Maps.of(applied.object(), CPUS);
        for (MapSpec spec : applied.object().maps()) {
            if (spec.type() == MapType.ARRAY) {
                applied.entries(spec.name()).ifPresent(entries -> fill(maps.keyed(spec.name()), entries));
            } else if (spec.type() == MapType.ARRAY_OF_MAPS) {
                applied.entries(spec.name()).ifPresent(entries -> {
                    MapOfMaps outer = maps.outer(spec.name());
                    KeyedMap inner = outer.newInner();
                    fill(inner, entries);
                    outer.put(0, inner);
                });
            }
        }
        return maps.filled();
    }

    private static void fill(KeyedMap copy, Map<ByteBuffer, byte[]> entries) {
        entries.forEach((key, value) -> copy.put(key.array(), value));
    }

    /** Returns the same maps with copies of those that programs change. */
    static Maps copied(Maps maps, BpfObject object) {
        Maps copies = maps;
        for (MapSpec spec : object.maps()) {
            if (spec.type() == MapType.ARRAY) {
                KeyedMap copy = (KeyedMap)
                        Maps.create(spec, object.btf(), maps.map(spec.name()).host());
                maps.keyed(spec.name())
                        .entries()
                        .forEach(entry ->
                                copy.put(entry.key().toArray(), entry.value().toArray()));
                copies = copies.with(spec.name(), copy);
            }
        }
        return copies.filled();
    }
}
