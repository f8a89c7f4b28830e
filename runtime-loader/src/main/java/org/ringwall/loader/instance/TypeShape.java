// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;

/**
 * The memory layout of a type as text, with its members' names, offsets and sizes. Two types of
 * equal shape are read alike. The names and the signs of integers do not count.
 */
final class TypeShape {
    /** The maximum number of types visited; far more than a struct of docs/abi.md has members. */
    private static final int MOST = 4096;

    private final Btf types;
    private final StringBuilder text = new StringBuilder();
    private int left = MOST;

    private TypeShape(Btf types) {
        this.types = types;
    }

    /** Returns the shape of a type; empty if there is no such type. */
    static String of(Btf types, int id) {
        TypeShape shape = new TypeShape(types);
        shape.add(id);
        return shape.text.toString();
    }

    /**
     * Returns the names of a struct's members in order, without padding; empty if it is not a
     * struct.
     */
    static List<String> members(Btf types, int id) {
        return types.contains(id) && types.type(types.strip(id)) instanceof BtfType.Composite struct
                ? struct.members().stream()
                        .map(BtfType.Member::name)
                        .filter(name -> !name.startsWith("pad"))
                        .toList()
                : List.of();
    }

    private void add(int id) {
        if (left-- <= 0 || !types.contains(id) || types.strip(id) == 0) {
            return;
        }
        BtfType type = types.type(types.strip(id));
        if (type instanceof BtfType.Composite composite) {
            text.append('{');
            for (BtfType.Member member : composite.members()) {
                text.append(member.name())
                        .append('@')
                        .append(member.bitOffset())
                        .append(':');
                add(member.type());
                text.append(';');
            }
            text.append('}');
        } else if (type instanceof BtfType.Array array) {
            text.append('[').append(array.count()).append(']');
            add(array.element());
        } else {
            Optional<Long> size = types.sizeOf(id);
            text.append(size.map(String::valueOf).orElse("?"));
        }
    }
}
