// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * A relocatable ELF64 file for BPF.
 *
 * @param sections without the empty one; the index of an entry is its position plus one
 * @param symbols as in the symbol table, the empty one at 0; none if the file has no table
 */
public record ElfFile(ByteOrder order, List<ElfSection> sections, List<ElfSymbol> symbols) {
    public ElfFile {
        sections = List.copyOf(sections);
        symbols = List.copyOf(symbols);
    }

    /** Returns the first section with this name. */
    public Optional<ElfSection> section(String name) {
        return sections.stream().filter(s -> s.name().equals(name)).findFirst();
    }

    public Optional<ElfSection> section(int index) {
        return index >= 1 && index <= sections.size() ? Optional.of(sections.get(index - 1)) : Optional.empty();
    }
}
