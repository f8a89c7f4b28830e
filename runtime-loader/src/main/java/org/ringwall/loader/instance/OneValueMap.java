// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.sys.Fd;

/**
 * A map that only the loader reads and writes: an array of one struct, which `bpftool map dump`
 * prints by its BTF.
 */
final class OneValueMap {
    private static final byte[] FIRST = new byte[Integer.BYTES];

    private OneValueMap() {}

    /**
     * Creates a map with its value.
     *
     * @param struct the id of the value's type among {@code types}
     */
    static Fd create(Bpf bpf, String name, BtfBuilder types, int struct, byte[] value) {
        int key = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES);
        try (Fd btf = bpf.btfLoad(BtfWriter.write(types.build(), ByteOrder.nativeOrder()))) {
            Fd map = bpf.mapCreate(MapSpec.array(name, value.length, 1, 0).typed(btf, key, struct));
            try {
                bpf.mapUpdate(map, FIRST, value);
                return map;
            } catch (RuntimeException e) {
                map.close();
                throw e;
            }
        }
    }

    /**
     * Returns the first bytes of the value; empty if the map is not an array of at least so many
     * bytes. A later version of the loader may store more.
     */
    static Optional<byte[]> read(Bpf bpf, Fd map, int size) {
        MapInfo info = bpf.mapInfo(map);
        if (info.type() != MapSpec.ARRAY || info.keySize() != FIRST.length || info.valueSize() < size) {
            return Optional.empty();
        }
        return bpf.mapLookup(map, FIRST, info.valueSize()).map(value -> Arrays.copyOf(value, size));
    }
}
