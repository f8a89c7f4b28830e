package org.ringwall.conformance.stamp;

import java.util.List;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;

/** Objects whose maps are not as the compiler makes them. */
final class Layouts {
    private Layouts() {}

    /** The same object with values that are a word longer in every map. */
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
