package org.ringwall.bpf.btf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects types, each distinct one once: adding an equal type again gives the id it already has. Ids follow the order
 * of first addition, so that equal calls make equal tables.
 */
public final class BtfBuilder {
    private final List<BtfType> types = new ArrayList<>();
    private final Map<BtfType, Integer> ids = new HashMap<>();

    /** A builder of a new table. */
    public BtfBuilder() {}

    /** A builder that goes on from {@code base}, whose ids stay what they are. */
    public BtfBuilder(Btf base) {
        for (BtfType type : base.types()) {
            types.add(type);
            ids.putIfAbsent(type, types.size());
        }
    }

    /** The id of this type; what it refers to must have been added before. */
    public int add(BtfType type) {
        Integer known = ids.get(type);
        if (known != null) {
            return known;
        }
        Checks.that(type.accept(new HighestId()) <= types.size(), "a type is added after what it refers to");
        types.add(type);
        Checks.id(types.size());
        ids.put(type, types.size());
        return types.size();
    }

    /** The id of an integer of {@code size} bytes under its C name. */
    public int integer(String name, BtfType.Encoding encoding, int size) {
        return add(new BtfType.Int(name, encoding, size));
    }

    /** The id of a pointer to {@code type}; 0 is `void`. */
    public int pointer(int type) {
        return add(new BtfType.Reference(BtfType.Ref.PTR, type));
    }

    /** The id of {@code type} made const. */
    public int constant(int type) {
        return add(new BtfType.Reference(BtfType.Ref.CONST, type));
    }

    /** The id of an array; C's index type comes with it. */
    public int array(int element, long count) {
        return add(new BtfType.Array(element, integer("__ARRAY_SIZE_TYPE__", BtfType.Encoding.UNSIGNED, 4), count));
    }

    /** The id of a struct without bit fields. */
    public int struct(String name, long size, List<BtfType.Member> members) {
        return add(new BtfType.Composite(BtfType.Aggregate.STRUCT, name, size, false, members));
    }

    /** The id of a global function `int name(struct context *ctx)`: what a BPF program is in BTF. */
    public int program(String name, int contextStruct) {
        int result = integer("int", BtfType.Encoding.SIGNED, 4);
        BtfType.Param ctx = new BtfType.Param("ctx", pointer(contextStruct));
        int proto = add(new BtfType.FuncProto(result, List.of(ctx)));
        return add(new BtfType.Func(name, proto, BtfType.Linkage.GLOBAL));
    }

    /** The type with this id, which an earlier call gave. */
    public BtfType type(int id) {
        return types.get(id - 1);
    }

    /** The table of all types added so far. */
    public Btf build() {
        return new Btf(types);
    }
}
