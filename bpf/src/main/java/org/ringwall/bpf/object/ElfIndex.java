// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.elf.Elf;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfFormatException;
import org.ringwall.bpf.elf.ElfReader;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;

/**
 * The symbols and relocations of each section of a file, collected in one pass, because a file may
 * have 65,000 sections.
 */
final class ElfIndex {
    private static final int SHT_RELA = 4;

    private final ElfFile elf;
    private final Map<Integer, List<ElfSymbol>> functions = new HashMap<>();
    private final Map<Integer, Map<String, ElfSymbol>> objects = new HashMap<>();
    private final Map<Integer, List<ElfSection>> relocations = new HashMap<>();

    ElfIndex(ElfFile elf) {
        this.elf = elf;
        for (ElfSymbol symbol : elf.symbols()) {
            if (symbol.kind() == ElfSymbol.Kind.FUNC) {
                functions
                        .computeIfAbsent(symbol.section(), any -> new ArrayList<>())
                        .add(symbol);
            } else if (symbol.kind() == ElfSymbol.Kind.OBJECT) {
                objects.computeIfAbsent(symbol.section(), any -> new HashMap<>())
                        .put(symbol.name(), symbol);
            }
        }
        for (ElfSection section : elf.sections()) {
            if (section.type() == Elf.SHT_REL || section.type() == SHT_RELA) {
                relocations
                        .computeIfAbsent(section.info(), any -> new ArrayList<>())
                        .add(section);
            }
        }
    }

    List<ElfSymbol> functions(ElfSection section) {
        return functions.getOrDefault(section.index(), List.of());
    }

    /** Returns the variables that have a symbol in the section, by name. */
    Map<String, ElfSymbol> objects(ElfSection section) {
        return objects.getOrDefault(section.index(), Map.of());
    }

    List<ElfRelocation> relocations(ElfSection section) throws ObjectFormatException, ElfFormatException {
        List<ElfRelocation> all = new ArrayList<>();
        for (ElfSection table : relocations.getOrDefault(section.index(), List.of())) {
            if (table.type() == SHT_RELA) {
                throw new ObjectFormatException("`" + table.name() + "` has explicit addends, which bpf does not use");
            }
            all.addAll(ElfReader.relocations(elf, table));
        }
        return all;
    }
}
