// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.util.Optional;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.MapSpec;

/**
 * A map and its entries.
 *
 * @param keys the concatenated keys
 * @param values the concatenated values, as many as keys
 * @param frozen whether the map is frozen after it has been filled
 * @param types the BTF types of key and value, for maps that require them
 */
public record PlainMap(MapSpec spec, Bytes keys, Bytes values, boolean frozen, Optional<Types> types) {
    public PlainMap {
        if ((long) keys.size() * spec.valueSize() != (long) values.size() * spec.keySize()) {
            throw new IllegalArgumentException("a map has as many keys as values");
        }
    }

    /** Creates a map without BTF types. */
    public PlainMap(MapSpec spec, Bytes keys, Bytes values, boolean frozen) {
        this(spec, keys, values, frozen, Optional.empty());
    }

    /**
     * BTF types.
     *
     * @param btf the encoded BTF
     * @param key the id of the key's type
     * @param value the id of the value's type
     */
    public record Types(Bytes btf, int key, int value) {}

    /** Returns the map with BTF types. */
    public PlainMap typed(Types with) {
        return new PlainMap(spec, keys, values, frozen, Optional.of(with));
    }

    /** The entries of a map: concatenated keys and values. */
    public record Fill(Bytes keys, Bytes values) {}

    /** Returns a map without entries. */
    public static PlainMap empty(MapSpec spec) {
        return new PlainMap(spec, Bytes.EMPTY, Bytes.EMPTY, false);
    }

    /** Returns the number of entries. */
    public int entries() {
        return spec.keySize() == 0 ? 0 : keys.size() / spec.keySize();
    }
}
