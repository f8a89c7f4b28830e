// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A builder of a table without duplicates: adding an equal type again returns its existing id. Ids
 * follow the order of first addition, so that equal calls build equal tables.
 */
public final class BtfBuilder {
    private final List<BtfType> types = new ArrayList<>();
    private final Map<BtfType, Integer> ids = new HashMap<>();

    /** Creates a builder of a new table. */
    public BtfBuilder() {}

    /** Creates a builder that extends {@code base}, whose ids do not change. */
    public BtfBuilder(Btf base) {
        for (BtfType type : base.types()) {
            types.add(type);
            ids.putIfAbsent(type, types.size());
        }
    }

    /** Returns the id of this type; types to which it refers must have been added before. */
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

    /** Returns the id of an integer of {@code size} bytes with its C name. */
    public int integer(String name, BtfType.Encoding encoding, int size) {
        return add(new BtfType.Int(name, encoding, size));
    }

    /** Returns the id of a pointer to {@code type}; 0 is `void`. */
    public int pointer(int type) {
        return add(new BtfType.Reference(BtfType.Ref.PTR, type));
    }

    /** Returns the id of {@code type} made const. */
    public int constant(int type) {
        return add(new BtfType.Reference(BtfType.Ref.CONST, type));
    }

    /** Returns the id of an array; also adds C's index type. */
    public int array(int element, long count) {
        return add(new BtfType.Array(element, integer("__ARRAY_SIZE_TYPE__", BtfType.Encoding.UNSIGNED, 4), count));
    }

    /** Returns the id of a struct without bit fields. */
    public int struct(String name, long size, List<BtfType.Member> members) {
        return add(new BtfType.Composite(BtfType.Aggregate.STRUCT, name, size, false, members));
    }

    /**
     * Returns the id of a global function `int name(struct context *ctx)`, the BTF form of a BPF
     * program.
     */
    public int program(String name, int contextStruct) {
        int result = integer("int", BtfType.Encoding.SIGNED, 4);
        BtfType.Param ctx = new BtfType.Param("ctx", pointer(contextStruct));
        int proto = add(new BtfType.FuncProto(result, List.of(ctx)));
        return add(new BtfType.Func(name, proto, BtfType.Linkage.GLOBAL));
    }

    /** Returns the type with this id, which an earlier call returned. */
    public BtfType type(int id) {
        return types.get(id - 1);
    }

    /** Returns the table of all types added so far. */
    public Btf build() {
        return new Btf(types);
    }
}
