package org.ringwall.bench.field;

import java.util.Optional;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.MapSpec;

/**
 * A map and what it is filled with.
 *
 * @param keys one behind the other
 * @param values one behind the other, as many
 * @param frozen whether nobody may change it later
 * @param types of key and value, for maps that must have them
 */
public record PlainMap(MapSpec spec, Bytes keys, Bytes values, boolean frozen, Optional<Types> types) {
    public PlainMap {
        if ((long) keys.size() * spec.valueSize() != (long) values.size() * spec.keySize()) {
            throw new IllegalArgumentException("a map has as many keys as values");
        }
    }

    /** A map without types. */
    public PlainMap(MapSpec spec, Bytes keys, Bytes values, boolean frozen) {
        this(spec, keys, values, frozen, Optional.empty());
    }

    /**
     * Types in BTF.
     *
     * @param btf all of them
     * @param key the id of the key's
     * @param value the id of the value's
     */
    public record Types(Bytes btf, int key, int value) {}

    /** The same map with types. */
    public PlainMap typed(Types with) {
        return new PlainMap(spec, keys, values, frozen, Optional.of(with));
    }

    /** What goes into a map. */
    public record Fill(Bytes keys, Bytes values) {}

    /** A map that stays empty. */
    public static PlainMap empty(MapSpec spec) {
        return new PlainMap(spec, Bytes.EMPTY, Bytes.EMPTY, false);
    }

    /** How many entries it is filled with. */
    public int entries() {
        return spec.keySize() == 0 ? 0 : keys.size() / spec.keySize();
    }
}
