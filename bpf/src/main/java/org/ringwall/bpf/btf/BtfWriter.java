// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.nio.ByteOrder;
import org.ringwall.bpf.elf.ByteSink;
import org.ringwall.bpf.elf.StringTableBuilder;

/** A writer of a `.BTF` section; equal calls write equal bytes. */
public final class BtfWriter {
    private final ByteOrder order;
    private final StringTableBuilder strings = new StringTableBuilder();

    /** Creates a writer for this byte order. */
    public BtfWriter(ByteOrder order) {
        this.order = order;
    }

    /** Returns the bytes of a table without further strings. */
    public static byte[] write(Btf btf, ByteOrder order) {
        return new BtfWriter(order).section(btf);
    }

    /**
     * Returns the offset that this string will have in the section, for references from outside.
     */
    public int string(String text) {
        return strings.add(text);
    }

    /** Returns the section with these types and all strings requested so far. */
    public byte[] section(Btf btf) {
        ByteSink types = new ByteSink(order);
        TypeEncoder encoder = new TypeEncoder(types, strings);
        for (BtfType type : btf.types()) {
            type.accept(encoder);
        }
        byte[] table = strings.toArray();
        ByteSink section = new ByteSink(order);
        section.u16(Layout.MAGIC).u8(Layout.VERSION).u8(0).u32(Layout.HEADER_BYTES);
        section.u32(0).u32(types.size()).u32(types.size()).u32(table.length);
        return section.bytes(types.toArray()).bytes(table).toArray();
    }
}
