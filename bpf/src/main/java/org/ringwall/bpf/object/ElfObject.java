// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.Optional;
import java.util.function.Predicate;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfFormatException;
import org.ringwall.bpf.elf.ElfReader;

/** A file for BPF whose sections and symbols were found, and whose parts have not been read. */
public final class ElfObject {
    private final ElfFile elf;

    private ElfObject(ElfFile elf) {
        this.elf = elf;
    }

    /** Finds the sections and symbols of a file. */
    public static ElfObject open(byte[] file) throws ObjectFormatException {
        try {
            return new ElfObject(ElfReader.read(file));
        } catch (ElfFormatException e) {
            throw new ObjectFormatException(Optional.ofNullable(e.getMessage()).orElse("malformed object"), e);
        }
    }

    /** Returns whether a section of the file defines this symbol. */
    public boolean defines(String symbol) {
        return elf.symbols().stream()
                .anyMatch(each -> each.section() != 0 && each.name().equals(symbol));
    }

    /**
     * Returns the first part that a loader of programs for cgroups does not support.
     *
     * @param hooks whether a section is one of programs that the loader attaches
     * @param contexts whether a struct is the context of such a program
     */
    public Optional<Unsupported> unsupported(Predicate<String> hooks, Predicate<String> contexts) {
        return new UnsupportedParts(elf, hooks, contexts).first();
    }

    /** Reads all parts. */
    public BpfObject read() throws ObjectFormatException {
        return ObjectReader.read(elf);
    }
}
