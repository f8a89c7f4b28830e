// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import java.util.List;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;

/** Objects whose map layouts differ from the compiler's. */
final class Layouts {
    private Layouts() {}

    /** Returns the same object with the values of every map a word longer. */
    static BpfObject widened(BpfObject object) {
        BtfBuilder types = new BtfBuilder(object.btf());
        List<MapSpec> maps = object.maps().stream()
                .map(map -> {
                    int byteType = types.integer("char", BtfType.Encoding.SIGNED, 1);
                    int wider = types.array(byteType, map.valueSize() + 8L);
                    return new MapSpec(
                                    map.name(),
                                    map.type(),
                                    map.keySize(),
                                    map.valueSize() + 8,
                                    map.maxEntries(),
                                    map.flags())
                            .typed(map.keyType().orElseThrow(), wider);
                })
                .toList();
        return new BpfObject(object.order(), object.license(), object.programs(), maps, object.data(), types.build());
    }
}
