package org.ringwall.compiler.emit;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.MapDeclaration;

/** The maps of an object, each key and value with a type of its own in the object's BTF. */
final class Maps {
    private final BtfBuilder types;
    private final Structs structs;
    private final SortedMap<String, MapSpec> specs = new TreeMap<>();

    Maps(Collection<HookCode> code, BtfBuilder types) {
        this.types = types;
        this.structs = new Structs(types);
        code.forEach(each -> each.maps().forEach(map -> specs.computeIfAbsent(map.symbol(), name -> spec(map))));
    }

    /** By name. */
    List<MapSpec> specs() {
        return List.copyOf(specs.values());
    }

    /** Whether code that names this symbol means a map. */
    boolean has(String symbol) {
        return specs.containsKey(symbol);
    }

    private MapSpec spec(MapDeclaration map) {
        MapSpec bare =
                new MapSpec(map.symbol(), map.type(), map.keySize(), map.valueSize(), map.maxEntries(), map.flags());
        if (map.inner().isPresent()) {
            return bare.holding(spec(map.inner().get()));
        }
        return map.value()
                .map(value -> bare.typed(key(map), structs.type(value)))
                .orElse(bare);
    }

    /** Storage that belongs to sockets has C's `int` for a key, the descriptor of one; arrays have an index. */
    private int key(MapDeclaration map) {
        return map.key()
                .map(structs::type)
                .orElseGet(() -> map.type() == MapType.SK_STORAGE
                        ? types.integer("int", BtfType.Encoding.SIGNED, Integer.BYTES)
                        : types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES));
    }
}
