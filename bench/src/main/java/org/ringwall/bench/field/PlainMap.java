package org.ringwall.bench.field;

import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.MapSpec;

/**
 * A map and what it is filled with.
 *
 * @param keys one behind the other
 * @param values one behind the other, as many
 * @param frozen whether nobody may change it later
 */
public record PlainMap(MapSpec spec, Bytes keys, Bytes values, boolean frozen) {
    public PlainMap {
        if (keys.size() / spec.keySize() != values.size() / spec.valueSize()) {
            throw new IllegalArgumentException("a map has as many keys as values");
        }
    }

    /** What goes into a map. */
    public record Fill(Bytes keys, Bytes values) {}

    /** A map that stays empty. */
    public static PlainMap empty(MapSpec spec) {
        return new PlainMap(spec, Bytes.EMPTY, Bytes.EMPTY, false);
    }

    /** How many entries it is filled with. */
    public int entries() {
        return keys.size() / spec.keySize();
    }
}
