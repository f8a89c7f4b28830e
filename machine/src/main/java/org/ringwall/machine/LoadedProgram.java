// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.machine.map.Maps;

/**
 * Instructions with the targets of their symbols. Each address belongs to the LD_IMM64 at its slot
 * and refers to one of the symbols; each call of a kernel function has the function's name at its
 * slot.
 */
public record LoadedProgram(
        List<Insn> insns, Map<Integer, Address> addresses, Map<String, Symbol> symbols, Map<Integer, String> kfuncs) {
    public LoadedProgram {
        insns = List.copyOf(insns);
        addresses = Map.copyOf(addresses);
        symbols = Map.copyOf(symbols);
        kfuncs = Map.copyOf(kfuncs);
        BitSet loads = new BitSet();
        int slot = 0;
        for (Insn insn : insns) {
            loads.set(slot, insn instanceof Insn.LoadImm64);
            slot += insn.slots();
        }
        for (Map.Entry<Integer, Address> entry : addresses.entrySet()) {
            if (!loads.get(entry.getKey())) {
                throw new IllegalArgumentException("slot " + entry.getKey() + " loads no address");
            }
            if (!symbols.containsKey(entry.getValue().symbol())) {
                throw new IllegalArgumentException(
                        "no symbol `" + entry.getValue().symbol() + "`");
            }
        }
    }

    /** Creates a program that calls no kernel functions. */
    public LoadedProgram(List<Insn> insns, Map<Integer, Address> addresses, Map<String, Symbol> symbols) {
        this(insns, addresses, symbols, Map.of());
    }

    /** Returns a program without symbols. */
    public static LoadedProgram of(List<Insn> insns) {
        return new LoadedProgram(insns, Map.of(), Map.of());
    }

    /** Returns a program from an assembler, with its symbols. */
    public static LoadedProgram of(Assembly code, Collection<? extends Symbol> symbols) {
        Map<Integer, Address> addresses = new HashMap<>();
        code.symbols().forEach(ref -> addresses.put(ref.slot(), new Address(ref.name(), ref.addend())));
        Map<Integer, String> kfuncs = new HashMap<>();
        code.kfuncs().forEach(ref -> kfuncs.put(ref.slot(), ref.function().kernelName()));
        return new LoadedProgram(code.insns(), addresses, byName(symbols), kfuncs);
    }

    /**
     * Returns a program of an object with that object's data sections and with maps of its own, on
     * a host with one CPU.
     */
    public static LoadedProgram of(BpfObject object, ProgramSpec program) {
        return of(object, program, Maps.of(object, 1));
    }

    /**
     * Returns a program of an object with that object's data sections and these maps. Section
     * contents are those of the file, so generation and control word are as before a loader changes
     * them.
     */
    public static LoadedProgram of(BpfObject object, ProgramSpec program, Maps maps) {
        List<Symbol> symbols = new ArrayList<>();
        maps.byName().forEach((name, map) -> symbols.add(new MapSymbol(name, map)));
        for (DataSection section : object.data()) {
            symbols.add(new Segment(
                    section.name(), section.readOnly(), section.content().toArray()));
        }
        Map<Integer, Address> addresses = new HashMap<>();
        for (Relocation relocation : program.relocations()) {
            addresses.put(relocation.slot(), new Address(relocation.symbol(), relocation.addend()));
        }
        Map<Integer, String> kfuncs = new HashMap<>();
        program.kfuncCalls().forEach(call -> kfuncs.put(call.slot(), call.function()));
        return new LoadedProgram(program.insns(), addresses, byName(symbols), kfuncs);
    }

    /**
     * Returns the same program with another content of one symbol, as a loader writes params and
     * the control word.
     */
    public LoadedProgram with(Symbol symbol) {
        Map<String, Symbol> changed = new HashMap<>(symbols);
        changed.put(symbol.name(), symbol);
        return new LoadedProgram(insns, addresses, changed, kfuncs);
    }

    private static Map<String, Symbol> byName(Collection<? extends Symbol> symbols) {
        Map<String, Symbol> named = new HashMap<>();
        for (Symbol symbol : symbols) {
            if (named.put(symbol.name(), symbol) != null) {
                throw new IllegalArgumentException("symbol `" + symbol.name() + "` is there twice");
            }
        }
        return named;
    }
}
