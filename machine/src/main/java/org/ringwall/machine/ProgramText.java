// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.machine.map.Maps;

/**
 * A parser of programs on maps in the notation of the kernel's log: `;` ends an instruction, and
 * {@code rN = &name} is a map's address.
 */
public final class ProgramText {
    private ProgramText() {}

    /** Parses a program; it may refer to any of the maps. */
    public static LoadedProgram load(String text, Maps maps) throws InsnSyntaxException {
        List<Insn> insns = new ArrayList<>();
        Map<Integer, Address> addresses = new HashMap<>();
        int slot = 0;
        for (String line : text.split(";", -1)) {
            int name = line.indexOf("= &");
            if (name >= 0) {
                addresses.put(slot, new Address(line.substring(name + 3).strip(), 0));
            }
            String plain = name >= 0 ? line.substring(0, name) + "= 0x0" : line;
            for (Insn insn : line.isBlank() ? List.<Insn>of() : InsnParser.program(plain)) {
                insns.add(insn);
                slot += insn.slots();
            }
        }
        Map<String, Symbol> symbols = new HashMap<>();
        maps.byName().forEach((key, map) -> symbols.put(key, new MapSymbol(key, map)));
        return new LoadedProgram(insns, addresses, symbols);
    }
}
