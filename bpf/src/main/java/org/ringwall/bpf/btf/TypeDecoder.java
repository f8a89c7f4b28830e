// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.elf.StringTable;

/** A decoder of consecutive types. */
final class TypeDecoder {
    private final ByteBuffer bytes;
    private final StringTable strings;
    private int id;

    TypeDecoder(ByteBuffer bytes, StringTable strings) {
        this.bytes = bytes;
        this.strings = strings;
    }

    /** Decodes the type at this offset, which has this id. */
    BtfType at(int offset, int number) throws BtfFormatException {
        bytes.position(offset);
        id = number - 1;
        return next();
    }

    BtfType next() throws BtfFormatException {
        id++;
        room(Layout.TYPE_BYTES);
        String name = string();
        int info = bytes.getInt();
        int last = bytes.getInt();
        Kind kind = Kind.of(info);
        boolean flag = (info & Layout.KIND_FLAG) != 0;
        check((info & ~Layout.INFO_MASK) == 0, "unknown bits in its info word");
        if (kind == Kind.UNKN) {
            throw refused("kind " + (info >>> Layout.KIND_SHIFT & 0x1f) + " is not known");
        }
        room(kind.trailing(info));
        return decode(kind, name, last, info & Layout.COUNT_MASK, flag);
    }

    private BtfType decode(Kind kind, String name, int last, int count, boolean flag) throws BtfFormatException {
        return switch (kind) {
            case UNKN -> throw refused("kind 0 is not known");
            case INT -> integer(name, last);
            case PTR -> new BtfType.Reference(BtfType.Ref.PTR, last);
            case CONST -> new BtfType.Reference(BtfType.Ref.CONST, last);
            case VOLATILE -> new BtfType.Reference(BtfType.Ref.VOLATILE, last);
            case RESTRICT -> new BtfType.Reference(BtfType.Ref.RESTRICT, last);
            case ARRAY -> array();
            case STRUCT -> composite(BtfType.Aggregate.STRUCT, name, last, count, flag);
            case UNION -> composite(BtfType.Aggregate.UNION, name, last, count, flag);
            case ENUM -> enumeration(name, last, count, flag, false);
            case ENUM64 -> enumeration(name, last, count, flag, true);
            case FWD -> new BtfType.Forward(flag ? BtfType.Aggregate.UNION : BtfType.Aggregate.STRUCT, name);
            case TYPEDEF -> new BtfType.Typedef(name, last);
            case TYPE_TAG -> new BtfType.TypeTag(name, last, flag);
            case FUNC -> new BtfType.Func(name, last, linkage(count));
            case FUNC_PROTO -> new BtfType.FuncProto(last, params(count));
            case VAR -> new BtfType.Var(name, last, linkage(bytes.getInt()));
            case DATASEC -> new BtfType.DataSec(name, Integer.toUnsignedLong(last), secVars(count));
            case FLOAT -> new BtfType.Floating(name, last);
            case DECL_TAG -> new BtfType.DeclTag(name, last, bytes.getInt(), flag);
        };
    }

    private BtfType integer(String name, int size) throws BtfFormatException {
        int data = bytes.getInt();
        BtfType.Encoding encoding = switch (data >>> 24) {
            case 0 -> BtfType.Encoding.UNSIGNED;
            case Layout.INT_SIGNED -> BtfType.Encoding.SIGNED;
            case Layout.INT_CHAR -> BtfType.Encoding.CHAR;
            case Layout.INT_BOOL -> BtfType.Encoding.BOOL;
            default -> throw refused("int encoding is not known");
        };
        check((data & 0xff00) == 0, "unknown bits in its int data");
        return new BtfType.Int(name, encoding, size, data >> 16 & 0xff, data & 0xff);
    }

    private BtfType array() {
        return new BtfType.Array(bytes.getInt(), bytes.getInt(), unsigned());
    }

    private BtfType composite(BtfType.Aggregate aggregate, String name, int size, int count, boolean bitfields)
            throws BtfFormatException {
        List<BtfType.Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String member = string();
            int type = bytes.getInt();
            int offset = bytes.getInt();
            members.add(
                    bitfields
                            ? new BtfType.Member(member, type, offset & 0xffffff, offset >>> 24)
                            : new BtfType.Member(member, type, Integer.toUnsignedLong(offset), 0));
        }
        return new BtfType.Composite(aggregate, name, Integer.toUnsignedLong(size), bitfields, members);
    }

    private BtfType enumeration(String name, int size, int count, boolean signed, boolean wide)
            throws BtfFormatException {
        List<BtfType.Enumerator> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String value = string();
            long low = unsigned();
            if (wide) {
                low |= unsigned() << 32;
            } else if (signed) {
                low = low << 32 >> 32;
            }
            values.add(new BtfType.Enumerator(value, low));
        }
        return new BtfType.Enumeration(name, Integer.toUnsignedLong(size), signed, wide, values);
    }

    private List<BtfType.Param> params(int count) throws BtfFormatException {
        List<BtfType.Param> params = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            params.add(new BtfType.Param(string(), bytes.getInt()));
        }
        return params;
    }

    private List<BtfType.SecVar> secVars(int count) {
        List<BtfType.SecVar> variables = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            variables.add(new BtfType.SecVar(bytes.getInt(), unsigned(), unsigned()));
        }
        return variables;
    }

    private BtfType.Linkage linkage(int number) throws BtfFormatException {
        if (number < 0 || number >= BtfType.Linkage.values().length) {
            throw refused("linkage " + number + " is not known");
        }
        return BtfType.Linkage.values()[number];
    }

    private long unsigned() {
        return Integer.toUnsignedLong(bytes.getInt());
    }

    private String string() throws BtfFormatException {
        long offset = unsigned();
        return strings.at(offset).orElseThrow(() -> refused("no string at " + offset));
    }

    private void room(int size) throws BtfFormatException {
        check(bytes.remaining() >= size, "cut off");
    }

    private void check(boolean holds, String message) throws BtfFormatException {
        if (!holds) {
            throw refused(message);
        }
    }

    private BtfFormatException refused(String why) {
        return new BtfFormatException("btf type " + id + ": " + why);
    }
}
