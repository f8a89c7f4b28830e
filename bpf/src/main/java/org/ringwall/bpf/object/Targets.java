// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;
import org.ringwall.bpf.insn.InsnCodec;

/**
 * The possible targets of relocations of code: maps, bytes of data sections, slots of `.text`, and
 * kernel functions.
 */
final class Targets {
    private final ElfFile elf;
    private final Map<Long, String> mapsByOffset = new HashMap<>();
    private final Set<String> functions = new HashSet<>();

    Targets(ElfFile elf) {
        this.elf = elf;
    }

    /** Adds a map that begins at this byte of `.maps`. */
    void map(String name, long offset) throws ObjectFormatException {
        if (mapsByOffset.put(offset, name) != null) {
            throw new ObjectFormatException("two maps begin at byte " + offset + " of `.maps`");
        }
    }

    /** Adds a kernel function that the object declares. */
    void function(String name) {
        functions.add(name);
    }

    private ElfSymbol symbol(ElfRelocation relocation) {
        // INVARIANT: the ELF reader has checked that the symbol exists.
        return elf.symbols().get(relocation.symbol());
    }

    private ElfSection section(String where, ElfSymbol symbol) throws ObjectFormatException {
        return elf.section(symbol.section())
                .orElseThrow(() -> new ObjectFormatException(
                        where + ": symbol `" + symbol.name() + "` is not defined in this object"));
    }

    /** Returns the kernel function to which the relocation's symbol refers. */
    Optional<String> external(ElfRelocation relocation) {
        ElfSymbol symbol = symbol(relocation);
        return symbol.section() == 0 && functions.contains(symbol.name())
                ? Optional.of(symbol.name())
                : Optional.empty();
    }

    /** Returns whether the relocation points into `.text`. */
    boolean isCode(String where, ElfRelocation relocation) throws ObjectFormatException {
        return section(where, symbol(relocation)).name().equals(CodeSection.TEXT);
    }

    /** Returns the slot of `.text` that is {@code addend} bytes after the relocation's symbol. */
    int code(String where, ElfRelocation relocation, long addend) throws ObjectFormatException {
        ElfSymbol symbol = symbol(relocation);
        if (!isCode(where, relocation)) {
            throw new ObjectFormatException(where + ": `" + symbol.name() + "` is not a subprogram of `.text`");
        }
        long bytes = distance(where, symbol, addend);
        if (bytes % InsnCodec.SLOT_BYTES != 0) {
            throw new ObjectFormatException(where + ": byte " + bytes + " of `.text` is not a slot");
        }
        return (int) (bytes / InsnCodec.SLOT_BYTES);
    }

    /**
     * Returns the map or byte of data that is {@code addend} bytes after the relocation's symbol.
     */
    Relocation data(String where, int slot, ElfRelocation relocation, long addend) throws ObjectFormatException {
        ElfSymbol symbol = symbol(relocation);
        ElfSection section = section(where, symbol);
        long bytes = distance(where, symbol, addend);
        if (section.name().equals(Declarations.MAPS)) {
            String map = mapsByOffset.get(bytes);
            if (map == null) {
                throw new ObjectFormatException(where + ": no map begins at byte " + bytes + " of `.maps`");
            }
            return new Relocation(slot, map, 0);
        }
        if (!DataSection.isDataName(section.name())) {
            throw new ObjectFormatException(
                    where + ": `" + symbol.name() + "` in `" + section.name() + "` is neither a map nor data");
        }
        return new Relocation(slot, section.name(), (int) bytes);
    }

    private static long distance(String where, ElfSymbol symbol, long addend) throws ObjectFormatException {
        // Both operands are near the 32-bit range, so the sum cannot overflow.
        boolean near = symbol.value() >= 0 && symbol.value() <= Integer.MAX_VALUE;
        long bytes = near ? symbol.value() + addend : -1;
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new ObjectFormatException(where + ": points outside of the section of `" + symbol.name() + "`");
        }
        return bytes;
    }
}
