// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.Optional;
import org.ringwall.sys.Fd;

/**
 * A map to create. Numbers are those of {@code enum bpf_map_type} and {@code BPF_F_*} in the
 * kernel's uapi.
 */
public record MapSpec(
        String name,
        int type,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        Optional<Types> types,
        Optional<Fd> inner) {
    public static final int ARRAY = 2;
    public static final int ARRAY_OF_MAPS = 12;

    /** BPF_F_RDONLY_PROG: programs can only read the map. */
    public static final int READ_ONLY_FOR_PROGRAMS = 1 << 7;

    /** BPF_F_MMAPABLE. */
    public static final int MAPPABLE = 1 << 10;

    /** The BTF ids of key and value; the key type of a data section is 0. */
    public record Types(Fd btf, int key, int value) {}

    /** Returns an array with 4-byte keys, without types. */
    public static MapSpec array(String name, int valueSize, int maxEntries, int flags) {
        return new MapSpec(name, ARRAY, 4, valueSize, maxEntries, flags, Optional.empty(), Optional.empty());
    }

    /** Returns the same map with types. */
    public MapSpec typed(Fd btf, int key, int value) {
        return new MapSpec(
                name, type, keySize, valueSize, maxEntries, flags, Optional.of(new Types(btf, key, value)), inner);
    }

    /** Returns the same map as a map of maps like {@code innerMap}. */
    public MapSpec of(Fd innerMap) {
        return new MapSpec(name, type, keySize, valueSize, maxEntries, flags, types, Optional.of(innerMap));
    }
}
