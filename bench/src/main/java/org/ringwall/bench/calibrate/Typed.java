// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.MapSpec;

/** Maps that the kernel creates only with BTF types of their keys and values. */
final class Typed {
    private Typed() {}

    /** Returns a map whose value is a spin lock followed by 4 bytes. */
    static PlainMap locked(MapSpec spec) {
        BtfBuilder types = new BtfBuilder();
        int word = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES);
        int lock = types.struct("bpf_spin_lock", Integer.BYTES, List.of(new BtfType.Member("val", word, 0, 0)));
        int value = types.struct(
                "locked",
                Long.BYTES,
                List.of(new BtfType.Member("lock", lock, 0, 0), new BtfType.Member("word", word, Integer.SIZE, 0)));
        return typed(spec, types, word, value);
    }

    /** Returns a map with `int` keys and values of 8 bytes. */
    static PlainMap numbered(MapSpec spec) {
        BtfBuilder types = new BtfBuilder();
        int key = types.integer("int", BtfType.Encoding.SIGNED, Integer.BYTES);
        return typed(spec, types, key, types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, Long.BYTES));
    }

    private static PlainMap typed(MapSpec spec, BtfBuilder types, int key, int value) {
        Bytes btf = Bytes.of(BtfWriter.write(types.build(), ByteOrder.nativeOrder()));
        return PlainMap.empty(spec).typed(new PlainMap.Types(btf, key, value));
    }
}
