// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.util.List;

/**
 * An entry of a BTF type section. Types refer to each other by id: 0 is `void`, the first entry is
 * 1. An empty name is an anonymous type.
 */
public sealed interface BtfType {
    /** The interpretation of the value of an {@link Int}. */
    enum Encoding {
        UNSIGNED,
        SIGNED,
        CHAR,
        BOOL
    }

    /** The derivation by which a {@link Reference} is made from its type. */
    enum Ref {
        PTR,
        CONST,
        VOLATILE,
        RESTRICT
    }

    /** The aggregate that a {@link Composite} or a {@link Forward} is. */
    enum Aggregate {
        STRUCT,
        UNION
    }

    /** The visibility of a function or a variable; the ordinal is the encoding. */
    enum Linkage {
        STATIC,
        GLOBAL,
        EXTERN
    }

    /**
     * `INT`: {@code bits} of {@code size} bytes hold the value, from bit {@code bitOffset} on (0 in
     * all but old objects).
     */
    record Int(String name, Encoding encoding, int size, int bitOffset, int bits) implements BtfType {
        public Int {
            Checks.that(size == 1 || size == 2 || size == 4 || size == 8 || size == 16, "int of odd size");
            Checks.that(bits >= 0 && bitOffset >= 0 && bitOffset + bits <= size * 8, "int of more bits than it has");
        }

        /** Creates an integer that uses all its bits. */
        public Int(String name, Encoding encoding, int size) {
            this(name, encoding, size, 0, size * 8);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.integer(this);
        }
    }

    /** `PTR`, `CONST`, `VOLATILE` or `RESTRICT`. */
    record Reference(Ref ref, int type) implements BtfType {
        public Reference {
            Checks.id(type);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.reference(this);
        }

        @Override
        public String name() {
            return "";
        }
    }

    /** `TYPEDEF`. */
    record Typedef(String name, int type) implements BtfType {
        public Typedef {
            Checks.id(type);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.typedef(this);
        }
    }

    /** `TYPE_TAG`; an attribute is kept as written, a plain tag is `btf_type_tag("value")`. */
    record TypeTag(String value, int type, boolean attribute) implements BtfType {
        public TypeTag {
            Checks.id(type);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.typeTag(this);
        }

        @Override
        public String name() {
            return value;
        }
    }

    /** `ARRAY` of {@code count} elements. */
    record Array(int element, int index, long count) implements BtfType {
        public Array {
            Checks.id(element);
            Checks.id(index);
            Checks.unsigned(count);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.array(this);
        }

        @Override
        public String name() {
            return "";
        }
    }

    /**
     * `STRUCT` or `UNION` of {@code size} bytes.
     *
     * @param bitfields the members' offsets are encoded with their bit sizes (the kind flag)
     */
    record Composite(Aggregate aggregate, String name, long size, boolean bitfields, List<Member> members)
            implements BtfType {
        public Composite {
            Checks.unsigned(size);
            members = List.copyOf(members);
            Checks.count(members.size());
            for (Member member : members) {
                Checks.that(bitfields || member.bitSize == 0, "bit field without the kind flag");
                Checks.that(!bitfields || member.bitOffset < 1 << 24, "bit field too far in");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.composite(this);
        }
    }

    /** A field of a {@link Composite}; {@code bitSize} 0 means that it is not a bit field. */
    record Member(String name, int type, long bitOffset, int bitSize) {
        public Member {
            Checks.id(type);
            Checks.unsigned(bitOffset);
            Checks.that(bitSize >= 0 && bitSize < 256, "bit field of more than 255 bits");
        }
    }

    /** `ENUM` or, {@code wide}, `ENUM64`; values of an unsigned narrow enum are in 0..2^32-1. */
    record Enumeration(String name, long size, boolean signed, boolean wide, List<Enumerator> values)
            implements BtfType {
        public Enumeration {
            Checks.that(size == 1 || size == 2 || size == 4 || size == 8, "enum of odd size");
            values = List.copyOf(values);
            Checks.count(values.size());
            for (Enumerator value : values) {
                boolean fits = signed ? value.value == (int) value.value : value.value >>> 32 == 0;
                Checks.that(wide || fits, "enum value wider than 32 bits");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.enumeration(this);
        }
    }

    /** A name of an {@link Enumeration}; the value of an unsigned 64-bit one is its bit pattern. */
    record Enumerator(String name, long value) {}

    /** `FWD`: an aggregate that is only declared. */
    record Forward(Aggregate aggregate, String name) implements BtfType {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.forward(this);
        }
    }

    /** `FUNC`; its signature is the {@link FuncProto} {@code proto}. */
    record Func(String name, int proto, Linkage linkage) implements BtfType {
        public Func {
            Checks.id(proto);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.func(this);
        }
    }

    /** `FUNC_PROTO`; a last parameter without name and type is `...`. */
    record FuncProto(int returns, List<Param> params) implements BtfType {
        public FuncProto {
            Checks.id(returns);
            params = List.copyOf(params);
            Checks.count(params.size());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.funcProto(this);
        }

        @Override
        public String name() {
            return "";
        }
    }

    /** A parameter of a {@link FuncProto}. */
    record Param(String name, int type) {
        public Param {
            Checks.id(type);
        }
    }

    /** `VAR`. */
    record Var(String name, int type, Linkage linkage) implements BtfType {
        public Var {
            Checks.id(type);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.variable(this);
        }
    }

    /** `DATASEC`: the variables of an ELF section, by offset. */
    record DataSec(String name, long size, List<SecVar> variables) implements BtfType {
        public DataSec {
            Checks.unsigned(size);
            variables = List.copyOf(variables);
            Checks.count(variables.size());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.dataSec(this);
        }
    }

    /** The position of the {@link Var} {@code type} in its section, in bytes. */
    record SecVar(int type, long offset, long size) {
        public SecVar {
            Checks.id(type);
            Checks.unsigned(offset);
            Checks.unsigned(size);
        }
    }

    /** `FLOAT` of {@code size} bytes. */
    record Floating(String name, int size) implements BtfType {
        public Floating {
            Checks.that(size == 2 || size == 4 || size == 8 || size == 12 || size == 16, "float of odd size");
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.floating(this);
        }
    }

    /**
     * `DECL_TAG` on {@code type} itself (component -1) or on its member or parameter
     * {@code component}.
     */
    record DeclTag(String value, int type, int component, boolean attribute) implements BtfType {
        public DeclTag {
            Checks.id(type);
            Checks.that(component >= -1, "tag on a negative component");
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.declTag(this);
        }

        @Override
        public String name() {
            return value;
        }
    }

    /**
     * An operation on each kind of type. There are no default methods, so that the compiler finds
     * visitors that lack a new kind.
     */
    interface Visitor<R> {
        R integer(Int type);

        R reference(Reference type);

        R typedef(Typedef type);

        R typeTag(TypeTag type);

        R array(Array type);

        R composite(Composite type);

        R enumeration(Enumeration type);

        R forward(Forward type);

        R func(Func type);

        R funcProto(FuncProto type);

        R variable(Var type);

        R dataSec(DataSec type);

        R floating(Floating type);

        R declTag(DeclTag type);
    }

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);

    /** Returns the name; empty for types without one. */
    String name();
}
