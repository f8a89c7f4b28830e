// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.util.Locale;

/**
 * A printer of tables in the form of `bpftool btf dump file FILE format raw`, a type in one line
 * and its parts below it.
 */
public final class BtfPrinter {
    private BtfPrinter() {}

    /** Returns the whole table, with a line feed after each line. */
    public static String print(Btf btf) {
        StringBuilder text = new StringBuilder();
        for (int id = 1; id <= btf.types().size(); id++) {
            text.append('[').append(id).append("] ");
            btf.type(id).accept(new TypePrinter(btf, text)).append('\n');
        }
        return text.toString();
    }

    private record TypePrinter(Btf btf, StringBuilder text) implements BtfType.Visitor<StringBuilder> {
        private StringBuilder head(String kind, String name) {
            return text.append(kind).append(' ').append(quoted(name));
        }

        private static String quoted(String name) {
            return name.isEmpty() ? "'(anon)'" : "'" + name + "'";
        }

        private static String lower(Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public StringBuilder integer(BtfType.Int type) {
            String encoding = type.encoding() == BtfType.Encoding.UNSIGNED
                    ? "(none)"
                    : type.encoding().name();
            return head("INT", type.name())
                    .append(" size=" + type.size() + " bits_offset=" + type.bitOffset() + " nr_bits=" + type.bits()
                            + " encoding=" + encoding);
        }

        @Override
        public StringBuilder reference(BtfType.Reference type) {
            return head(type.ref().name(), "").append(" type_id=").append(type.type());
        }

        @Override
        public StringBuilder typedef(BtfType.Typedef type) {
            return head("TYPEDEF", type.name()).append(" type_id=").append(type.type());
        }

        @Override
        public StringBuilder typeTag(BtfType.TypeTag type) {
            return head("TYPE_TAG", type.value()).append(" type_id=").append(type.type());
        }

        @Override
        public StringBuilder array(BtfType.Array type) {
            return head("ARRAY", "")
                    .append(" type_id=" + type.element() + " index_type_id=" + type.index() + " nr_elems="
                            + type.count());
        }

        @Override
        public StringBuilder composite(BtfType.Composite type) {
            head(type.aggregate().name(), type.name())
                    .append(" size=" + type.size() + " vlen=" + type.members().size());
            for (BtfType.Member member : type.members()) {
                text.append("\n\t" + quoted(member.name()) + " type_id=" + member.type() + " bits_offset="
                        + member.bitOffset());
                if (member.bitSize() != 0) {
                    text.append(" bitfield_size=").append(member.bitSize());
                }
            }
            return text;
        }

        @Override
        public StringBuilder enumeration(BtfType.Enumeration type) {
            head(type.wide() ? "ENUM64" : "ENUM", type.name())
                    .append(" encoding=" + (type.signed() ? "SIGNED" : "UNSIGNED") + " size=" + type.size() + " vlen="
                            + type.values().size());
            String suffix = type.wide() ? type.signed() ? "LL" : "ULL" : "";
            for (BtfType.Enumerator value : type.values()) {
                String number = type.signed() ? Long.toString(value.value()) : Long.toUnsignedString(value.value());
                text.append("\n\t" + quoted(value.name()) + " val=" + number + suffix);
            }
            return text;
        }

        @Override
        public StringBuilder forward(BtfType.Forward type) {
            return head("FWD", type.name()).append(" fwd_kind=").append(lower(type.aggregate()));
        }

        @Override
        public StringBuilder func(BtfType.Func type) {
            return head("FUNC", type.name()).append(" type_id=" + type.proto() + " linkage=" + lower(type.linkage()));
        }

        @Override
        public StringBuilder funcProto(BtfType.FuncProto type) {
            head("FUNC_PROTO", "")
                    .append(" ret_type_id=" + type.returns() + " vlen="
                            + type.params().size());
            for (BtfType.Param param : type.params()) {
                text.append("\n\t" + quoted(param.name()) + " type_id=" + param.type());
            }
            return text;
        }

        @Override
        public StringBuilder variable(BtfType.Var type) {
            return head("VAR", type.name()).append(" type_id=" + type.type() + ", linkage=" + lower(type.linkage()));
        }

        @Override
        public StringBuilder dataSec(BtfType.DataSec type) {
            head("DATASEC", type.name())
                    .append(" size=" + type.size() + " vlen=" + type.variables().size());
            for (BtfType.SecVar variable : type.variables()) {
                text.append(
                        "\n\ttype_id=" + variable.type() + " offset=" + variable.offset() + " size=" + variable.size());
                if (btf.contains(variable.type()) && btf.type(variable.type()) instanceof BtfType.Var named) {
                    text.append(" (VAR '" + named.name() + "')");
                }
            }
            return text;
        }

        @Override
        public StringBuilder floating(BtfType.Floating type) {
            return head("FLOAT", type.name()).append(" size=").append(type.size());
        }

        @Override
        public StringBuilder declTag(BtfType.DeclTag type) {
            return head("DECL_TAG", type.value())
                    .append(" type_id=" + type.type() + " component_idx=" + type.component());
        }
    }
}
