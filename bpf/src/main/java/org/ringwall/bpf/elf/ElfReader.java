// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A reader of relocatable ELF64 files for BPF. For any bytes it returns or throws
 * {@link ElfFormatException}; the size of the result is bounded by a small multiple of the file's.
 */
public final class ElfReader {
    private static final int MAGIC = 0x7f454c46;
    private static final int CLASS_64 = 2;
    private static final int LITTLE = 1;
    private static final int BIG = 2;

    private final ByteBuffer file;

    private ElfReader(ByteBuffer file) {
        this.file = file;
    }

    /** Reads a file. */
    public static ElfFile read(byte[] bytes) throws ElfFormatException {
        ByteBuffer file = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        require(bytes.length >= Elf.HEADER_BYTES, "file of " + bytes.length + " bytes is not an elf file");
        require(file.getInt(0) == MAGIC, "file does not begin with the elf magic");
        require(file.get(4) == CLASS_64, "elf file is not 64-bit");
        int order = file.get(5);
        require(order == LITTLE || order == BIG, "elf file has byte order " + order);
        return new ElfReader(file.order(order == LITTLE ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)).read();
    }

    private ElfFile read() throws ElfFormatException {
        int type = Short.toUnsignedInt(file.getShort(16));
        int machine = Short.toUnsignedInt(file.getShort(18));
        require(type == Elf.ET_REL, "elf file is of type " + type + ", not relocatable (1)");
        require(machine == Elf.EM_BPF, "elf file is for machine " + machine + ", not bpf (247)");
        List<ElfSection> sections = sections();
        return new ElfFile(file.order(), sections, symbols(sections));
    }

    private List<ElfSection> sections() throws ElfFormatException {
        long start = file.getLong(40);
        int entry = Short.toUnsignedInt(file.getShort(58));
        int count = Short.toUnsignedInt(file.getShort(60));
        int names = Short.toUnsignedInt(file.getShort(62));
        require(entry == Elf.SECTION_BYTES, "section headers are " + entry + " bytes, not 64");
        require(count > 0 && count < Elf.MAX_SECTIONS, "elf file has " + count + " sections");
        require(names > 0 && names < count, "section " + names + " with the section names does not exist");
        ByteBuffer table = slice(start, (long) count * entry, "section table");
        StringTable strings = new StringTable(content(names, header(table, names)));
        List<ElfSection> sections = new ArrayList<>(count);
        for (int i = 1; i < count; i++) {
            ByteBuffer header = header(table, i);
            String name = name(strings, Integer.toUnsignedLong(header.getInt(0)), "section " + i);
            sections.add(new ElfSection(i, name, header, content(i, header)));
        }
        return sections;
    }

    private ByteBuffer header(ByteBuffer table, int index) {
        return table.slice(index * Elf.SECTION_BYTES, Elf.SECTION_BYTES).order(file.order());
    }

    private ByteBuffer content(int index, ByteBuffer header) throws ElfFormatException {
        if (header.getInt(4) == Elf.SHT_NOBITS) {
            return file.slice(0, 0);
        }
        return slice(header.getLong(24), header.getLong(32), "section " + index);
    }

    private ByteBuffer slice(long offset, long size, String what) throws ElfFormatException {
        boolean inside = offset >= 0 && size >= 0 && offset <= file.limit() && size <= file.limit() - offset;
        require(inside, what + " is outside the file");
        return file.slice((int) offset, (int) size).order(file.order());
    }

    private List<ElfSymbol> symbols(List<ElfSection> sections) throws ElfFormatException {
        List<ElfSection> tables = sections.stream()
                .filter(section -> section.type() == Elf.SHT_SYMTAB)
                .toList();
        require(tables.size() <= 1, "elf file has several symbol tables");
        if (tables.isEmpty()) {
            return List.of();
        }
        ElfSection table = tables.get(0);
        ByteBuffer bytes = table.content(file.order());
        require(bytes.limit() % Elf.SYMBOL_BYTES == 0, "symbol table is cut off");
        require(table.link() >= 1 && table.link() <= sections.size(), "symbol table has no names");
        StringTable names = new StringTable(sections.get(table.link() - 1).content(file.order()));
        List<ElfSymbol> symbols = new ArrayList<>(bytes.limit() / Elf.SYMBOL_BYTES);
        while (bytes.hasRemaining()) {
            symbols.add(symbol(symbols.size(), bytes, names));
        }
        return symbols;
    }

    private static ElfSymbol symbol(int index, ByteBuffer bytes, StringTable names) throws ElfFormatException {
        long name = Integer.toUnsignedLong(bytes.getInt());
        int info = bytes.get() & 0xff;
        bytes.get();
        int section = Short.toUnsignedInt(bytes.getShort());
        long value = bytes.getLong();
        long size = bytes.getLong();
        String text = name(names, name, "symbol " + index);
        ElfSymbol.Kind kind = ElfSymbol.Kind.values()[Math.min(info & 0xf, ElfSymbol.Kind.OTHER.ordinal())];
        ElfSymbol.Binding binding = ElfSymbol.Binding.values()[Math.min(info >> 4, ElfSymbol.Binding.OTHER.ordinal())];
        return new ElfSymbol(text, kind, binding, section, value, size);
    }

    /** Returns a name, which is shown in messages and so has no control characters. */
    private static String name(StringTable names, long offset, String what) throws ElfFormatException {
        String name = names.at(offset).orElseThrow(() -> new ElfFormatException(what + " has no readable name"));
        require(name.chars().noneMatch(Character::isISOControl), what + " has a control character in its name");
        return name;
    }

    /** Returns the entries of a REL section; their symbols exist in {@code file}. */
    public static List<ElfRelocation> relocations(ElfFile file, ElfSection section) throws ElfFormatException {
        ByteBuffer bytes = section.content(file.order());
        require(bytes.limit() % Elf.REL_BYTES == 0, "section `" + section.name() + "` is cut off");
        List<ElfRelocation> relocations = new ArrayList<>(bytes.limit() / Elf.REL_BYTES);
        while (bytes.hasRemaining()) {
            long offset = bytes.getLong();
            long info = bytes.getLong();
            long symbol = info >>> 32;
            require(
                    symbol < file.symbols().size(),
                    "relocation " + relocations.size() + " of `" + section.name() + "` names symbol " + symbol
                            + ", which does not exist");
            relocations.add(new ElfRelocation(offset, (int) symbol, (int) info));
        }
        return relocations;
    }

    private static void require(boolean holds, String message) throws ElfFormatException {
        if (!holds) {
            throw new ElfFormatException(message);
        }
    }
}
