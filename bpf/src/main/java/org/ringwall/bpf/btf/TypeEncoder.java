// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import org.ringwall.bpf.elf.ByteSink;
import org.ringwall.bpf.elf.StringTableBuilder;

/** An encoder of consecutive types. */
final class TypeEncoder implements BtfType.Visitor<ByteSink> {
    private final ByteSink sink;
    private final StringTableBuilder strings;

    TypeEncoder(ByteSink sink, StringTableBuilder strings) {
        this.sink = sink;
        this.strings = strings;
    }

    private ByteSink head(Kind kind, String name, boolean flag, int count, long last) {
        int info = (flag ? Layout.KIND_FLAG : 0) | kind.ordinal() << Layout.KIND_SHIFT | count;
        return sink.u32(strings.add(name)).s32(info).u32(last);
    }

    @Override
    public ByteSink integer(BtfType.Int type) {
        int encoding = switch (type.encoding()) {
            case UNSIGNED -> 0;
            case SIGNED -> Layout.INT_SIGNED;
            case CHAR -> Layout.INT_CHAR;
            case BOOL -> Layout.INT_BOOL;
        };
        return head(Kind.INT, type.name(), false, 0, type.size())
                .u32(encoding << 24 | type.bitOffset() << 16 | type.bits());
    }

    @Override
    public ByteSink reference(BtfType.Reference type) {
        Kind kind = switch (type.ref()) {
            case PTR -> Kind.PTR;
            case CONST -> Kind.CONST;
            case VOLATILE -> Kind.VOLATILE;
            case RESTRICT -> Kind.RESTRICT;
        };
        return head(kind, "", false, 0, type.type());
    }

    @Override
    public ByteSink typedef(BtfType.Typedef type) {
        return head(Kind.TYPEDEF, type.name(), false, 0, type.type());
    }

    @Override
    public ByteSink typeTag(BtfType.TypeTag type) {
        return head(Kind.TYPE_TAG, type.value(), type.attribute(), 0, type.type());
    }

    @Override
    public ByteSink array(BtfType.Array type) {
        return head(Kind.ARRAY, "", false, 0, 0)
                .u32(type.element())
                .u32(type.index())
                .u32(type.count());
    }

    @Override
    public ByteSink composite(BtfType.Composite type) {
        Kind kind = type.aggregate() == BtfType.Aggregate.STRUCT ? Kind.STRUCT : Kind.UNION;
        head(kind, type.name(), type.bitfields(), type.members().size(), type.size());
        for (BtfType.Member member : type.members()) {
            sink.u32(strings.add(member.name()))
                    .u32(member.type())
                    .u32((long) member.bitSize() << 24 | member.bitOffset());
        }
        return sink;
    }

    @Override
    public ByteSink enumeration(BtfType.Enumeration type) {
        head(
                type.wide() ? Kind.ENUM64 : Kind.ENUM,
                type.name(),
                type.signed(),
                type.values().size(),
                type.size());
        for (BtfType.Enumerator value : type.values()) {
            sink.u32(strings.add(value.name())).s32((int) value.value());
            if (type.wide()) {
                sink.s32((int) (value.value() >>> 32));
            }
        }
        return sink;
    }

    @Override
    public ByteSink forward(BtfType.Forward type) {
        return head(Kind.FWD, type.name(), type.aggregate() == BtfType.Aggregate.UNION, 0, 0);
    }

    @Override
    public ByteSink func(BtfType.Func type) {
        return head(Kind.FUNC, type.name(), false, type.linkage().ordinal(), type.proto());
    }

    @Override
    public ByteSink funcProto(BtfType.FuncProto type) {
        head(Kind.FUNC_PROTO, "", false, type.params().size(), type.returns());
        for (BtfType.Param param : type.params()) {
            sink.u32(strings.add(param.name())).u32(param.type());
        }
        return sink;
    }

    @Override
    public ByteSink variable(BtfType.Var type) {
        return head(Kind.VAR, type.name(), false, 0, type.type())
                .u32(type.linkage().ordinal());
    }

    @Override
    public ByteSink dataSec(BtfType.DataSec type) {
        head(Kind.DATASEC, type.name(), false, type.variables().size(), type.size());
        for (BtfType.SecVar variable : type.variables()) {
            sink.u32(variable.type()).u32(variable.offset()).u32(variable.size());
        }
        return sink;
    }

    @Override
    public ByteSink floating(BtfType.Floating type) {
        return head(Kind.FLOAT, type.name(), false, 0, type.size());
    }

    @Override
    public ByteSink declTag(BtfType.DeclTag type) {
        return head(Kind.DECL_TAG, type.value(), type.attribute(), 0, type.type())
                .s32(type.component());
    }
}
