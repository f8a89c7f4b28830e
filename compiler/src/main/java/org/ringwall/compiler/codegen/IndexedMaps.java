// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.Map;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.MapPlace;
import org.ringwall.compiler.ir.Symbols;

/**
 * The code that finds a map: by its name, or in an index where the program would name more maps
 * than the kernel permits.
 */
final class IndexedMaps {
    private final Assembler assembler;
    private final OutOfLine outOfLine;
    private final Hook hook;
    private final Map<String, MapPlace> places;

    IndexedMaps(Assembler assembler, OutOfLine outOfLine, Hook hook, Map<String, MapPlace> places) {
        this.assembler = assembler;
        this.outOfLine = outOfLine;
        this.hook = hook;
        this.places = places;
    }

    /** Returns whether the map is in an index. */
    boolean has(String map) {
        return places.containsKey(map);
    }

    /**
     * Sets `r1` to the map. The first instruction is the only one that differs between the maps of
     * an index. If the map is in an index, all registers that calls destroy are used.
     * Where the element is empty, which no loader of docs/abi.md leaves so, the program denies at
     * once: what it would decide without the map could be permission.
     */
    void load(String map) {
        MapPlace place = places.get(map);
        if (place == null) {
            assembler.loadSymbol(Reg.R1, map, 0);
            return;
        }
        Label empty = new Label("empty");
        Label there = new Label("there");
        assembler
                .loadSymbol(Reg.R2, Symbols.NUMBERS, place.element() * Integer.BYTES)
                .loadSymbol(Reg.R1, place.index(), 0)
                .call(Helper.MAP_LOOKUP_ELEM.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, empty);
        outOfLine.add(
                empty,
                there,
                () -> assembler.mov(Reg.R0, hook.denial().orElse(Hook.ALLOW)).exit());
        assembler.bind(there).mov(Reg.R1, Reg.R0);
    }
}
