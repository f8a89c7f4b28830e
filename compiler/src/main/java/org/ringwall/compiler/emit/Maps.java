package org.ringwall.compiler.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.compiler.ir.MapDeclaration;

/** The maps of an object, each key and value with a type of its own in the object's BTF. */
final class Maps {
    private final BtfBuilder types;
    private final SortedMap<String, MapSpec> specs = new TreeMap<>();

    Maps(Collection<HookCode> code, BtfBuilder types) {
        this.types = types;
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
        return new MapSpec(
                        map.symbol(),
                        type(map.kind()),
                        map.key().size(),
                        map.value().size(),
                        map.maxEntries(),
                        map.flags())
                .typed(type(map.key()), type(map.value()));
    }

    private static MapType type(MapDeclaration.Kind kind) {
        return switch (kind) {
            case SOCKET_STORAGE -> MapType.SK_STORAGE;
        };
    }

    private int type(MapDeclaration.Type type) {
        if (type instanceof MapDeclaration.Type.Struct struct) {
            return struct(struct);
        }
        return types.integer("int", BtfType.Encoding.SIGNED, Integer.BYTES);
    }

    private int struct(MapDeclaration.Type.Struct struct) {
        List<BtfType.Member> members = new ArrayList<>();
        long bits = 0;
        for (MapDeclaration.Member member : struct.members()) {
            int number = number(member.bytes());
            int type = member.count() == 1 ? number : types.array(number, member.count());
            members.add(new BtfType.Member(member.name(), type, bits, 0));
            bits += 8L * member.size();
        }
        return types.struct(struct.name(), struct.size(), members);
    }

    private int number(int bytes) {
        return switch (bytes) {
            case 1 -> types.integer("char", BtfType.Encoding.SIGNED, 1);
            case 4 -> types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
            default -> types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        };
    }
}
