// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.instance.AppliedObject;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.MapOfMaps;
import org.ringwall.machine.map.Maps;
import org.ringwall.sys.Fd;

/**
 * A reader of copies of the maps on which verdicts depend: live sets, tables, and the buckets of
 * rates. Maps that only receive effects, such as counters and rings, are empty.
 */
final class LiveMaps {
    private static final int CPUS = 1;

    private LiveMaps() {}

    /** Copies the maps of a generation. */
    static Maps read(Bpf bpf, AppliedObject applied) {
        Maps maps = Maps.of(applied.object(), CPUS);
        for (MapSpec spec : applied.object().maps()) {
            if (spec.type() != MapType.ARRAY_OF_MAPS && spec.type() != MapType.ARRAY) {
                continue;
            }
            Optional<Fd> opened = applied.map(spec.name());
            if (opened.isEmpty()) {
                continue;
            }
            try (Fd map = opened.get()) {
                if (spec.type() == MapType.ARRAY) {
                    fill(maps.keyed(spec.name()), MapEntries.settled(bpf, map));
                } else {
                    inner(bpf, map, maps.outer(spec.name()));
                }
            }
        }
        return maps.filled();
    }

    private static void inner(Bpf bpf, Fd outer, MapOfMaps copy) {
        Optional<Fd> opened = new ExchangedMap(bpf, outer).open();
        if (opened.isPresent()) {
            try (Fd map = opened.get()) {
                KeyedMap inner = copy.newInner();
                fill(inner, MapEntries.settled(bpf, map));
                copy.put(0, inner);
            }
        }
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
