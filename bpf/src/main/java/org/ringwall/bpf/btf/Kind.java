// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

/** The kinds of the encoding (BTF_KIND_ in uapi/linux/btf.h); the ordinal is the number. */
enum Kind {
    UNKN(0, 0),
    INT(4, 0),
    PTR(0, 0),
    ARRAY(12, 0),
    STRUCT(0, 12),
    UNION(0, 12),
    ENUM(0, 8),
    FWD(0, 0),
    TYPEDEF(0, 0),
    VOLATILE(0, 0),
    CONST(0, 0),
    RESTRICT(0, 0),
    FUNC(0, 0),
    FUNC_PROTO(0, 8),
    VAR(4, 0),
    DATASEC(0, 12),
    FLOAT(0, 0),
    DECL_TAG(4, 0),
    TYPE_TAG(0, 0),
    ENUM64(0, 12);

    private static final Kind[] ALL = values();

    private final int fixed;
    private final int each;

    Kind(int fixed, int each) {
        this.fixed = fixed;
        this.each = each;
    }

    /** Returns the kind of an info word; {@link #UNKN} for an unknown number. */
    static Kind of(int info) {
        int number = info >>> Layout.KIND_SHIFT & 0x1f;
        return number < ALL.length ? ALL[number] : UNKN;
    }

    /** Returns how many bytes follow the three words of a type with this info word. */
    int trailing(int info) {
        return fixed + each * (info & Layout.COUNT_MASK);
    }
}
