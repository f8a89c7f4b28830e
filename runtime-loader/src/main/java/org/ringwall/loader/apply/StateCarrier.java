// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.instance.StateMaps;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.loader.state.MapTypes;
import org.ringwall.loader.state.OpenLiveSet;
import org.ringwall.loader.state.OpenTable;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.sys.Fd;

/** A copier of the entries of a map into its replacement. */
final class StateCarrier {
    private static final byte[] FIRST = new byte[Integer.BYTES];

    private final Bpf bpf;
    private final StateTexts texts;
    private final StateMaps.Wanted wanted;

    StateCarrier(Bpf bpf, StateMaps.Wanted wanted) {
        this.bpf = bpf;
        this.texts = wanted.texts();
        this.wanted = wanted;
    }

    /**
     * Returns whether programs write the map, so that its entries are copied as late as possible.
     */
    static boolean isLate(MapSpec map) {
        return map.inner().isEmpty();
    }

    /**
     * Copies state that only commands change; they wait for the instance's lock. Returns a note if
     * entries were left out.
     */
    List<String> carry(MapSpec map, Fd old, Fd fresh) {
        String name = StateNames.shortName(map.name());
        boolean live = map.name().equals(StateNames.live(name));
        List<String> left;
        if (live && texts.lives().containsKey(name)) {
            var text = texts.lives().get(name);
            left = new OpenLiveSet(bpf, fresh, name, text).takeOver(new OpenLiveSet(bpf, old, name, text));
        } else if (texts.tables().containsKey(name)) {
            var text = texts.tables().get(name);
            left = new OpenTable(bpf, fresh, name, text).takeOver(new OpenTable(bpf, old, name, text));
        } else {
            return List.of();
        }
        return left.isEmpty()
                ? List.of()
                : List.of("removed, because `" + name + "` no longer accepts them: " + String.join(", ", left));
    }

    /** Refuses a counter that has no room for the existing keys. */
    void check(MapSpec map, Fd old) {
        if (map.name().equals(StateNames.LOST)) {
            return;
        }
        int count = counts(old).size();
        if (Integer.compareUnsigned(count, map.maxEntries()) > 0) {
            String name = StateNames.shortName(map.name());
            throw new InputException(
                    "`" + name + "` has " + count + " keys, but the new version has room for only " + map.maxEntries(),
                    "declare a larger max, or discard the counts: --forget " + name);
        }
    }

    /** Copies counts, just before the new version is in force. */
    void count(MapSpec map, Fd old, Fd fresh) {
        if (map.name().equals(StateNames.LOST)) {
            losses(map, old, fresh);
        } else {
            counts(old).forEach((key, value) -> bpf.mapUpdate(fresh, key.array(), value));
        }
    }

    private Map<ByteBuffer, byte[]> counts(Fd counter) {
        return MapEntries.all(
                bpf, counter, MapEntries.perCpu(bpf, bpf.mapInfo(counter).valueSize()));
    }

    /** Copies the losses of counters that both versions have, except those that are forgotten. */
    private void losses(MapSpec map, Fd old, Fd fresh) {
        MapInfo before = bpf.mapInfo(old);
        Map<String, Integer> from = new HashMap<>(MapTypes.numbers(MapTypes.of(bpf, before.btf()), before.valueType()));
        from.keySet().removeIf(wanted::forgetsLosses);
        Map<String, Integer> to =
                MapTypes.numbers(wanted.types(), map.valueType().orElse(0));
        byte[] values = bpf.mapLookup(old, FIRST, MapEntries.perCpu(bpf, before.valueSize()))
                .orElse(new byte[0]);
        byte[] copied = new byte[MapEntries.perCpu(bpf, map.valueSize())];
        int stride = before.valueSize() + 7 & -8;
        int width = map.valueSize() + 7 & -8;
        to.forEach((name, offset) -> {
            Integer source = from.get(name);
            for (int cpu = 0; source != null && (cpu + 1) * stride <= values.length; cpu++) {
                System.arraycopy(values, cpu * stride + source, copied, cpu * width + offset, Long.BYTES);
            }
        });
        bpf.mapUpdate(fresh, FIRST, copied);
    }
}
