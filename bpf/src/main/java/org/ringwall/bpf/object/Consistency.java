// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;

/** The checks between the parts of a {@link BpfObject}. */
final class Consistency {
    private Consistency() {}

    static void check(List<ProgramSpec> programs, List<MapSpec> maps, List<DataSection> data, Btf btf) {
        Map<String, Integer> targets = new HashMap<>();
        Set<String> symbols = new HashSet<>();
        symbols.add(ObjectWriter.LICENSE_SYMBOL);
        for (MapSpec map : maps) {
            claim(symbols, map.name());
            // Relocations refer to a whole map.
            targets.put(map.name(), 0);
            types(map, btf);
        }
        Checks.distinct("section", data, DataSection::name);
        for (DataSection section : data) {
            targets.put(section.name(), section.content().size());
            for (DataVariable variable : section.variables()) {
                claim(symbols, variable.name());
                variable(variable, btf);
            }
        }
        for (ProgramSpec program : programs) {
            claim(symbols, program.name());
            function(program.name(), program.funcTypeId(), btf);
            program.subprograms().forEach(sub -> function(sub.name(), sub.funcTypeId(), btf));
            program.relocations().forEach(relocation -> resolves(program, relocation, targets));
            coreRelocations(program, btf);
        }
        for (String function : Declarations.kernelFunctions(programs)) {
            claim(symbols, function);
            Checks.that(external(btf, function).isPresent(), "`" + function + "` of the kernel is not declared in btf");
        }
    }

    /** Reserves a symbol. Global symbols of an ELF file share one name space. */
    private static void claim(Set<String> symbols, String name) {
        Checks.that(symbols.add(name), "symbol `" + name + "` is there twice");
    }

    private static void resolves(ProgramSpec program, Relocation relocation, Map<String, Integer> targets) {
        Integer size = targets.get(relocation.symbol());
        String where = "program `" + program.name() + "`, slot " + relocation.slot();
        Checks.that(size != null, where + ": no map or data section `" + relocation.symbol() + "`");
        Checks.that(
                size != null && relocation.addend() <= size,
                where + ": byte " + relocation.addend() + " is outside `" + relocation.symbol() + "`");
    }

    /**
     * Checks that an instruction to be relocated contains the offset in the object's own struct,
     * which libbpf requires.
     */
    private static void coreRelocations(ProgramSpec program, Btf btf) {
        Map<Integer, CoreRelocation> bySlot = new HashMap<>();
        program.coreRelocations().forEach(relocation -> bySlot.put(relocation.slot(), relocation));
        int slot = 0;
        for (Insn insn : program.insns()) {
            CoreRelocation relocation = bySlot.get(slot);
            if (relocation != null) {
                String where = "program `" + program.name() + "`, slot " + slot;
                Optional<BtfType.Member> field = relocation.field(btf);
                Checks.that(field.isPresent(), where + ": co-re relocation that does not refer to a field");
                long offset = field.map(BtfType.Member::bitOffset).orElse(0L) / 8;
                Checks.that(
                        CoreRelocation.held(insn).equals(OptionalLong.of(offset)),
                        where + ": co-re relocation of an instruction that does not hold " + offset);
            }
            slot += insn.slots();
        }
    }

    /** Returns the id of the extern function with this name. */
    static OptionalInt external(Btf btf, String name) {
        return btf.first(type -> type instanceof BtfType.Func func
                && func.linkage() == BtfType.Linkage.EXTERN
                && func.name().equals(name));
    }

    private static void function(String name, int id, Btf btf) {
        Checks.that(
                id == 0 || btf.contains(id) && btf.type(id) instanceof BtfType.Func,
                "type " + id + " of `" + name + "` is not a function");
    }

    private static void variable(DataVariable variable, Btf btf) {
        int id = variable.btfTypeId();
        Checks.that(id == 0 || btf.contains(id), "type " + id + " of `" + variable.name() + "` does not exist");
        Optional<Long> size = id == 0 ? Optional.empty() : btf.sizeOf(id);
        Checks.that(
                id == 0 || size.isPresent() && size.get() == variable.size(),
                "type " + id + " of `" + variable.name() + "` is not " + variable.size() + " bytes");
    }

    private static void types(MapSpec map, Btf btf) {
        map.keyType().ifPresent(id -> sized(map, id, map.keySize(), btf));
        map.valueType().ifPresent(id -> sized(map, id, map.valueSize(), btf));
        map.inner().ifPresent(inner -> types(inner, btf));
    }

    private static void sized(MapSpec map, int id, int size, Btf btf) {
        boolean fits = btf.contains(id) && btf.sizeOf(id).equals(Optional.of((long) size));
        Checks.that(fits, "type " + id + " of map `" + map.name() + "` is not " + size + " bytes");
    }
}
