// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A section of a file. {@code size} of a NOBITS section is its size at run time; it has no content.
 */
public final class ElfSection {
    private final int index;
    private final String name;
    private final int type;
    private final long flags;
    private final long offset;
    private final long size;
    private final int link;
    private final int info;
    private final ByteBuffer content;

    ElfSection(int index, String name, ByteBuffer header, ByteBuffer content) {
        this.index = index;
        this.name = name;
        this.type = header.getInt(4);
        this.flags = header.getLong(8);
        this.offset = header.getLong(24);
        this.size = header.getLong(32);
        this.link = header.getInt(40);
        this.info = header.getInt(44);
        this.content = content.asReadOnlyBuffer();
    }

    /** Returns its position in the section table, from 1. */
    public int index() {
        return index;
    }

    /** Returns its name, such as `.text`. */
    public String name() {
        return name;
    }

    /** Returns `sh_type`, such as {@link Elf#SHT_PROGBITS}. */
    public int type() {
        return type;
    }

    /** Returns whether all these `sh_flags` are set. */
    public boolean has(long wanted) {
        return (flags & wanted) == wanted;
    }

    /** Returns `sh_offset`: where its content begins in the file, in bytes. */
    public long offset() {
        return offset;
    }

    /** Returns `sh_size`, unsigned, in bytes. */
    public long size() {
        return size;
    }

    /** Returns `sh_link`. */
    public int link() {
        return link;
    }

    /** Returns `sh_info`; for a relocation section the index of the section to relocate. */
    public int info() {
        return info;
    }

    /** Returns a new read-only view of the content. */
    public ByteBuffer content(ByteOrder order) {
        return content.duplicate().order(order);
    }
}
