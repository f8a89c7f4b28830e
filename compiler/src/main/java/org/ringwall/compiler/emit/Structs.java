// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.state.StructLayout;

/** The layouts of docs/abi.md as BTF types, each name once. */
final class Structs {
    private final BtfBuilder types;
    private final Map<String, StructLayout> named = new HashMap<>();

    Structs(BtfBuilder types) {
        this.types = types;
    }

    /** Returns the id of the struct. */
    int type(StructLayout layout) {
        StructLayout before = named.putIfAbsent(layout.name(), layout);
        if (before != null && !before.equals(layout)) {
            throw new IllegalStateException("two structs are called `" + layout.name() + "`");
        }
        List<BtfType.Member> members =
                layout.members().stream().map(this::member).toList();
        return types.struct(layout.name(), layout.size(), members);
    }

    private BtfType.Member member(StructLayout.Member member) {
        int one = type(member.type());
        int type = member.count() == 1 ? one : types.array(one, member.count());
        return new BtfType.Member(member.name(), type, (long) Byte.SIZE * member.offset(), 0);
    }

    private int type(StructLayout.Type type) {
        return type instanceof StructLayout.Nested nested ? type(nested.layout()) : scalar((StructLayout.Scalar) type);
    }

    private int scalar(StructLayout.Scalar scalar) {
        return switch (scalar) {
            case U8 -> types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1);
            case CHAR -> types.integer("char", BtfType.Encoding.SIGNED, 1);
            case U16 -> types.integer("unsigned short", BtfType.Encoding.UNSIGNED, 2);
            case U32, BE32 -> types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
            case U64 -> types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
            case SPIN_LOCK -> lock();
        };
    }

    /**
     * Returns the lock's type. The kernel finds its lock by this name and size (btf_find_spin_lock
     * in kernel/bpf/btf.c).
     */
    private int lock() {
        int value = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        return types.struct("bpf_spin_lock", 4, List.of(new BtfType.Member("val", value, 0, 0)));
    }
}
