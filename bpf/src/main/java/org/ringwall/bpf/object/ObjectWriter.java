// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.elf.Elf;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSymbol;
import org.ringwall.bpf.elf.ElfWriter;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;

/**
 * A writer of objects as ELF files that libbpf, bpftool and cilium/ebpf load. Equal objects have
 * equal bytes, on every machine.
 */
public final class ObjectWriter {
    static final String LICENSE = "license";
    static final String LICENSE_SYMBOL = "_license";

    private static final int CODE_ALIGN = 8;

    private final BpfObject object;
    private final ElfWriter elf;
    private final BtfWriter types;
    private final Map<String, Integer> symbols = new HashMap<>();

    private ObjectWriter(BpfObject object) {
        this.object = object;
        this.elf = new ElfWriter(object.order());
        this.types = new BtfWriter(object.order());
    }

    /** Returns the bytes of the file. */
    public static byte[] write(BpfObject object) {
        return new ObjectWriter(complete(object)).write(elf -> {});
    }

    /**
     * Returns the bytes of the file with one more section, which is not part of the object and is
     * never loaded.
     */
    public static byte[] write(BpfObject object, String section, byte[] content) {
        return new ObjectWriter(complete(object)).write(elf -> elf.progbits(section, 0, 1, content));
    }

    /**
     * Returns the object as it is written: its BTF also declares the maps, the data sections and
     * their variables. Reading the file returns this object; the operation is idempotent.
     */
    public static BpfObject complete(BpfObject object) {
        return Declarations.complete(object);
    }

    static byte[] licenseBytes(String license) {
        return (license + "\0").getBytes(StandardCharsets.UTF_8);
    }

    private byte[] write(Consumer<ElfWriter> more) {
        List<CodeSection> code = CodeSection.of(object.programs());
        ExtInfoWriter ext = new ExtInfoWriter(object.order(), types);
        List<Integer> codeIndexes = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        for (CodeSection section : code) {
            byte[] content = contents(section);
            contents.add(content);
            codeIndexes.add(elf.progbits(section.name(), Elf.SHF_ALLOC | Elf.SHF_EXECINSTR, CODE_ALIGN, content));
            ext.section(section);
        }
        byte[] license = licenseBytes(object.license());
        int licenseIndex = elf.progbits(LICENSE, Elf.SHF_ALLOC | Elf.SHF_WRITE, 1, license);
        int mapsIndex = maps();
        List<Integer> dataIndexes = data();
        btf(ext);
        localSymbols(code, codeIndexes, dataIndexes);
        programSymbols(code, codeIndexes);
        elf.symbol(new ElfSymbol(
                LICENSE_SYMBOL, ElfSymbol.Kind.OBJECT, ElfSymbol.Binding.GLOBAL, licenseIndex, 0, license.length));
        mapSymbols(mapsIndex);
        dataSymbols(dataIndexes);
        kernelSymbols();
        for (int i = 0; i < code.size(); i++) {
            List<ElfRelocation> relocations = relocations(code.get(i));
            if (!relocations.isEmpty()) {
                elf.relocations(".rel" + code.get(i).name(), codeIndexes.get(i), relocations);
            }
        }
        more.accept(elf);
        return elf.toArray();
    }

    /**
     * Returns the code with the implicit addends for the symbols chosen in {@link #relocations}.
     */
    private byte[] contents(CodeSection section) {
        List<Insn> insns = new ArrayList<>();
        for (CodeSection.Function function : section.functions()) {
            Map<Integer, Relocation> relocations = new HashMap<>();
            function.relocations().forEach(r -> relocations.put(r.slot(), r));
            Map<Integer, CodeSection.Call> calls = new HashMap<>();
            function.calls().forEach(c -> calls.put(c.slot(), c));
            int slot = 0;
            for (Insn insn : function.insns()) {
                Relocation relocation = relocations.get(slot);
                CodeSection.Call call = calls.get(slot);
                if (relocation != null && insn instanceof Insn.LoadImm64 load) {
                    long addend = relocation.addend()
                            - variable(relocation).map(DataVariable::offset).orElse(0);
                    insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, load.dst(), addend));
                } else if (call != null && insn instanceof Insn.LoadImm64 load) {
                    long target = (long) call.target() * InsnCodec.SLOT_BYTES;
                    insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, load.dst(), target));
                } else if (call != null) {
                    insns.add(new Insn.CallLocal(call.target() - 1));
                } else if (insn.equals(ProgramSpec.UNRESOLVED)) {
                    // As clang encodes it: until a loader resolves it, the call of an extern
                    // function looks like a call of a subprogram.
                    insns.add(new Insn.CallLocal(-1));
                } else {
                    insns.add(insn);
                }
                slot += insn.slots();
            }
        }
        return InsnCodec.encode(insns, object.order());
    }

    /** Returns the variable into which the relocation points. */
    private Optional<DataVariable> variable(Relocation relocation) {
        return object.section(relocation.symbol())
                .flatMap(section -> section.variables().stream()
                        .filter(v -> v.offset() <= relocation.addend() && relocation.addend() - v.offset() < v.size())
                        .findFirst());
    }

    private List<ElfRelocation> relocations(CodeSection section) {
        List<ElfRelocation> all = new ArrayList<>();
        for (CodeSection.Function function : section.functions()) {
            List<ElfRelocation> own = new ArrayList<>();
            for (Relocation relocation : function.relocations()) {
                String symbol = variable(relocation).map(DataVariable::name).orElse(relocation.symbol());
                own.add(entry(function.slot() + relocation.slot(), symbol, Elf.R_BPF_64_64));
            }
            Map<Integer, Insn> insns = new HashMap<>();
            int slot = 0;
            for (Insn insn : function.insns()) {
                insns.put(slot, insn);
                slot += insn.slots();
            }
            for (CodeSection.Call call : function.calls()) {
                boolean address = insns.get(call.slot()) instanceof Insn.LoadImm64;
                int type = address ? Elf.R_BPF_64_64 : Elf.R_BPF_64_32;
                own.add(entry(function.slot() + call.slot(), CodeSection.TEXT, type));
            }
            function.kfuncCalls()
                    .forEach(k -> own.add(entry(function.slot() + k.slot(), k.function(), Elf.R_BPF_64_32)));
            own.sort((a, b) -> Long.compare(a.offset(), b.offset()));
            all.addAll(own);
        }
        return all;
    }

    private ElfRelocation entry(int slot, String symbol, int type) {
        Integer index = symbols.get(symbol);
        if (index == null) {
            throw new IllegalStateException("no symbol for `" + symbol + "`");
        }
        return new ElfRelocation((long) slot * InsnCodec.SLOT_BYTES, index, type);
    }

    private int maps() {
        if (object.maps().isEmpty()) {
            return 0;
        }
        int size = Math.toIntExact(mapsSection().size());
        return elf.progbits(Declarations.MAPS, Elf.SHF_ALLOC | Elf.SHF_WRITE, 8, new byte[size]);
    }

    private BtfType.DataSec mapsSection() {
        Btf btf = object.btf();
        return (BtfType.DataSec) btf.type(btf.dataSec(Declarations.MAPS).orElseThrow());
    }

    private List<Integer> data() {
        List<Integer> indexes = new ArrayList<>();
        for (DataSection section : object.data()) {
            long flags = section.readOnly() ? Elf.SHF_ALLOC : Elf.SHF_ALLOC | Elf.SHF_WRITE;
            indexes.add(
                    section.isZeroFilled()
                            ? elf.nobits(
                                    section.name(), flags, 8, section.content().size())
                            : elf.progbits(
                                    section.name(), flags, 8, section.content().toArray()));
        }
        return indexes;
    }

    private void btf(ExtInfoWriter ext) {
        // Encoded last, because `.BTF` contains the strings of `.BTF.ext`.
        byte[] section = types.section(object.btf());
        elf.progbits(".BTF", 0, 4, section);
        if (!ext.isEmpty()) {
            elf.progbits(".BTF.ext", 0, 4, ext.toArray());
        }
    }

    private void localSymbols(List<CodeSection> code, List<Integer> codeIndexes, List<Integer> dataIndexes) {
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i).name().equals(CodeSection.TEXT)) {
                sectionSymbol(CodeSection.TEXT, codeIndexes.get(i));
                for (CodeSection.Function function : code.get(i).functions()) {
                    elf.symbol(function(function, ElfSymbol.Binding.LOCAL, codeIndexes.get(i)));
                }
            }
        }
        for (int i = 0; i < dataIndexes.size(); i++) {
            sectionSymbol(object.data().get(i).name(), dataIndexes.get(i));
        }
    }

    private void sectionSymbol(String name, int index) {
        ElfSymbol symbol = new ElfSymbol("", ElfSymbol.Kind.SECTION, ElfSymbol.Binding.LOCAL, index, 0, 0);
        symbols.put(name, elf.symbol(symbol));
    }

    private static ElfSymbol function(CodeSection.Function function, ElfSymbol.Binding binding, int index) {
        long start = (long) function.slot() * InsnCodec.SLOT_BYTES;
        long size = (long) InsnCodec.slots(function.insns()) * InsnCodec.SLOT_BYTES;
        return new ElfSymbol(function.name(), ElfSymbol.Kind.FUNC, binding, index, start, size);
    }

    /** Adds symbols in the order of the programs, by which a reader restores that order. */
    private void programSymbols(List<CodeSection> code, List<Integer> codeIndexes) {
        Map<String, ElfSymbol> byName = new HashMap<>();
        for (int i = 0; i < code.size(); i++) {
            if (!code.get(i).name().equals(CodeSection.TEXT)) {
                for (CodeSection.Function function : code.get(i).functions()) {
                    byName.put(function.name(), function(function, ElfSymbol.Binding.GLOBAL, codeIndexes.get(i)));
                }
            }
        }
        for (ProgramSpec program : object.programs()) {
            elf.symbol(Optional.ofNullable(byName.get(program.name())).orElseThrow());
        }
    }

    private void mapSymbols(int index) {
        for (int i = 0; i < object.maps().size(); i++) {
            BtfType.SecVar variable = mapsSection().variables().get(i);
            global(object.maps().get(i).name(), index, variable.offset(), variable.size());
        }
    }

    private void dataSymbols(List<Integer> indexes) {
        for (int i = 0; i < indexes.size(); i++) {
            for (DataVariable variable : object.data().get(i).variables()) {
                global(variable.name(), indexes.get(i), variable.offset(), variable.size());
            }
        }
    }

    /** Adds undefined symbols, which the kernel defines. */
    private void kernelSymbols() {
        for (String function : Declarations.kernelFunctions(object.programs())) {
            symbols.put(
                    function,
                    elf.symbol(new ElfSymbol(function, ElfSymbol.Kind.NOTYPE, ElfSymbol.Binding.GLOBAL, 0, 0, 0)));
        }
    }

    private void global(String name, int index, long offset, long size) {
        ElfSymbol symbol = new ElfSymbol(name, ElfSymbol.Kind.OBJECT, ElfSymbol.Binding.GLOBAL, index, offset, size);
        symbols.put(name, elf.symbol(symbol));
    }
}
