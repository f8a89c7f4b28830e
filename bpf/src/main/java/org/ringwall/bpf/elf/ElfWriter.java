// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A writer of relocatable ELF64 files for BPF: sections in the order of their addition, then the
 * symbol table, then one string table for both. Equal calls write equal bytes.
 */
public final class ElfWriter {
    private record Pending(
            int name, int type, long flags, int link, int info, int align, int entry, long size, byte[] content) {}

    private final ByteOrder order;
    private final StringTableBuilder strings = new StringTableBuilder();
    private final List<Pending> sections = new ArrayList<>();
    private final List<ElfSymbol> locals = new ArrayList<>();
    private final List<ElfSymbol> globals = new ArrayList<>();

    /** Creates a writer of an empty file with this byte order. */
    public ElfWriter(ByteOrder order) {
        this.order = order;
    }

    /** Adds a PROGBITS section and returns its index. */
    public int progbits(String name, long flags, int align, byte[] content) {
        return add(new Pending(strings.add(name), Elf.SHT_PROGBITS, flags, 0, 0, align, 0, content.length, content));
    }

    /**
     * Adds a section of {@code size} zero bytes that take no space in the file, and returns its
     * index.
     */
    public int nobits(String name, long flags, int align, long size) {
        return add(new Pending(strings.add(name), Elf.SHT_NOBITS, flags, 0, 0, align, 0, size, new byte[0]));
    }

    /**
     * Adds a symbol and returns its index. All local symbols must be added before the first global
     * one.
     */
    public int symbol(ElfSymbol symbol) {
        boolean local = symbol.binding() == ElfSymbol.Binding.LOCAL;
        if (local && !globals.isEmpty()) {
            throw new IllegalStateException("local symbols come first");
        }
        (local ? locals : globals).add(symbol);
        return locals.size() + globals.size();
    }

    /** Adds the relocations of the section with index {@code target}. */
    public void relocations(String name, int target, List<ElfRelocation> relocations) {
        ByteSink sink = new ByteSink(order);
        for (ElfRelocation relocation : relocations) {
            sink.u64(relocation.offset()).u64((long) relocation.symbol() << 32 | relocation.type());
        }
        byte[] content = sink.toArray();
        // The link to the symbol table is set when its index is known.
        add(new Pending(
                strings.add(name),
                Elf.SHT_REL,
                Elf.SHF_INFO_LINK,
                0,
                target,
                8,
                Elf.REL_BYTES,
                content.length,
                content));
    }

    private int add(Pending section) {
        sections.add(section);
        return sections.size();
    }

    /** Returns the file. */
    public byte[] toArray() {
        int symtab = sections.size() + 1;
        byte[] symbols = symbols();
        int symtabName = strings.add(".symtab");
        int strtabName = strings.add(".strtab");
        byte[] names = strings.toArray();
        List<Pending> all = new ArrayList<>(sections);
        all.add(new Pending(
                symtabName,
                Elf.SHT_SYMTAB,
                0,
                symtab + 1,
                locals.size() + 1,
                8,
                Elf.SYMBOL_BYTES,
                symbols.length,
                symbols));
        all.add(new Pending(strtabName, Elf.SHT_STRTAB, 0, 0, 0, 1, 0, names.length, names));
        ByteSink body = new ByteSink(order);
        ByteSink table = new ByteSink(order).bytes(new byte[Elf.SECTION_BYTES]);
        for (Pending section : all) {
            body.align(section.align);
            int link = section.type == Elf.SHT_REL ? symtab : section.link;
            table.u32(section.name).u32(section.type).u64(section.flags).u64(0);
            table.u64(Elf.HEADER_BYTES + (long) body.size()).u64(section.size);
            table.u32(link).u32(section.info).u64(section.align).u64(section.entry);
            body.bytes(section.content);
        }
        body.align(8);
        return header(Elf.HEADER_BYTES + body.size(), all.size() + 1)
                .bytes(body.toArray())
                .bytes(table.toArray())
                .toArray();
    }

    private byte[] symbols() {
        ByteSink sink = new ByteSink(order).bytes(new byte[Elf.SYMBOL_BYTES]);
        List<ElfSymbol> all = new ArrayList<>(locals);
        all.addAll(globals);
        for (ElfSymbol symbol : all) {
            sink.u32(strings.add(symbol.name()))
                    .u8(symbol.binding().ordinal() << 4 | symbol.kind().ordinal())
                    .u8(0)
                    .u16(symbol.section())
                    .u64(symbol.value())
                    .u64(symbol.size());
        }
        return sink.toArray();
    }

    private ByteSink header(int sectionTable, int count) {
        int data = order == ByteOrder.LITTLE_ENDIAN ? 1 : 2;
        ByteSink sink = new ByteSink(order);
        sink.bytes(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) data, 1, 0}).u64(0);
        sink.u16(Elf.ET_REL)
                .u16(Elf.EM_BPF)
                .u32(1)
                .u64(0)
                .u64(0)
                .u64(sectionTable)
                .u32(0);
        sink.u16(Elf.HEADER_BYTES)
                .u16(0)
                .u16(0)
                .u16(Elf.SECTION_BYTES)
                .u16(count)
                .u16(count - 1);
        return sink;
    }
}
