// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.elf.Elf;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfFormatException;
import org.ringwall.bpf.elf.ElfReader;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;
import org.ringwall.bpf.elf.StringTable;
import org.ringwall.bpf.kernel.UsedMaps;

/**
 * A reader of objects written by {@link ObjectWriter} or clang. For any bytes it returns or throws
 * {@link ObjectFormatException}, in time and memory bounded by a small multiple of the file's size.
 */
public final class ObjectReader {
    /** The maximum total size of sections without content. */
    private static final long MAX_ZEROS = 16 << 20;

    private static final int MAX_DATA = UsedMaps.MOST;

    private final ElfFile elf;
    private final ElfIndex index;
    private final Targets targets;
    private final Set<String> locals = new HashSet<>();
    private long zeros;

    private ObjectReader(ElfFile elf) {
        this.elf = elf;
        this.index = new ElfIndex(elf);
        this.targets = new Targets(elf);
    }

    /** Reads a file. */
    public static BpfObject read(byte[] file) throws ObjectFormatException {
        return ElfObject.open(file).read();
    }

    /** Reads the parts of a file whose sections and symbols were found. */
    static BpfObject read(ElfFile elf) throws ObjectFormatException {
        try {
            return new ObjectReader(elf).read();
        } catch (ElfFormatException | BtfFormatException e) {
            throw new ObjectFormatException(Optional.ofNullable(e.getMessage()).orElse("malformed object"), e);
        } catch (IllegalArgumentException e) {
            // Thrown by the checks of the records for invalid values in the file.
            throw new ObjectFormatException(Optional.ofNullable(e.getMessage()).orElse("malformed object"), e);
        }
    }

    /**
     * Returns the content of a section that is not part of the object; empty if the file has none
     * of this name.
     */
    public static Optional<byte[]> section(byte[] file, String name) throws ObjectFormatException {
        try {
            ElfFile elf = ElfReader.read(file);
            return elf.section(name).map(found -> {
                ByteBuffer content = found.content(elf.order());
                byte[] bytes = new byte[content.remaining()];
                content.get(bytes);
                return bytes;
            });
        } catch (ElfFormatException e) {
            throw new ObjectFormatException(Optional.ofNullable(e.getMessage()).orElse("malformed object"), e);
        }
    }

    private BpfObject read() throws ObjectFormatException, ElfFormatException, BtfFormatException {
        checkNames();
        Optional<ElfSection> types = elf.section(".BTF");
        Optional<ElfSection> extInfo = elf.section(".BTF.ext");
        BtfReader btf = BtfReader.open(
                types.isPresent()
                        ? types.get().content(elf.order())
                        : ByteBuffer.wrap(BtfWriter.write(Btf.EMPTY, elf.order())));
        ExtInfoReader ext = new ExtInfoReader(btf);
        if (extInfo.isPresent()) {
            ext.read(extInfo.get().content(elf.order()));
        }
        List<MapSpec> maps = maps(btf.btf());
        kernelFunctions(btf.btf());
        List<DataSection> data = new ArrayList<>();
        for (ElfSection section : elf.sections()) {
            if (isData(section)) {
                if (data.size() == MAX_DATA) {
                    throw new ObjectFormatException("more than " + MAX_DATA + " sections of data");
                }
                data.add(data(section, btf.btf()));
            }
        }
        return new BpfObject(elf.order(), license(), programs(ext), maps, data, btf.btf());
    }

    /** Checks that section names, by which parts of an object refer to each other, are unique. */
    private void checkNames() throws ObjectFormatException {
        Set<String> seen = new HashSet<>();
        for (ElfSection section : elf.sections()) {
            boolean named = isCode(section)
                    || isData(section)
                    || section.name().startsWith(".BTF")
                    || section.name().equals(Declarations.MAPS)
                    || section.name().equals(ObjectWriter.LICENSE);
            if (named && !seen.add(section.name())) {
                throw new ObjectFormatException("section `" + section.name() + "` is there twice");
            }
            if (section.name().equals("maps")) {
                throw new ObjectFormatException("section `maps` defines maps without btf, which is not supported");
            }
        }
    }

    static boolean isCode(ElfSection section) {
        return section.type() == Elf.SHT_PROGBITS && section.has(Elf.SHF_EXECINSTR) && section.size() > 0;
    }

    private static boolean isData(ElfSection section) {
        boolean bytes = section.type() == Elf.SHT_PROGBITS || section.type() == Elf.SHT_NOBITS;
        return bytes && section.size() != 0 && section.has(Elf.SHF_ALLOC) && DataSection.isDataName(section.name());
    }

    private String license() throws ObjectFormatException {
        Optional<ElfSection> section = elf.section(ObjectWriter.LICENSE);
        if (section.isEmpty()) {
            return "";
        }
        return new StringTable(section.get().content(elf.order()))
                .at(0)
                .orElseThrow(() -> new ObjectFormatException("section `license` holds no string"));
    }

    private List<MapSpec> maps(Btf btf) throws ObjectFormatException, ElfFormatException {
        Optional<ElfSection> section = elf.section(Declarations.MAPS);
        if (section.isEmpty() || section.get().size() == 0) {
            return List.of();
        }
        refuseRelocations(section.get(), "initial values of maps");
        int id = btf.dataSec(Declarations.MAPS)
                .orElseThrow(() -> new ObjectFormatException("btf does not declare the section `.maps`"));
        Map<String, ElfSymbol> symbols = index.objects(section.get());
        List<MapSpec> maps = new ArrayList<>();
        for (BtfType.SecVar entry : ((BtfType.DataSec) btf.type(id)).variables()) {
            BtfType.Var variable = variable(btf, Declarations.MAPS, entry);
            ElfSymbol symbol = symbols.get(variable.name());
            if (symbol == null) {
                throw new ObjectFormatException("map `" + variable.name() + "` has no symbol");
            }
            maps.add(MapDefinitions.read(btf, variable.name(), variable.type()));
            targets.map(variable.name(), symbol.value());
        }
        return maps;
    }

    /**
     * Collects the kernel functions that the object calls. Weak symbols are not treated
     * differently: a program is loaded completely or not at all.
     */
    private void kernelFunctions(Btf btf) {
        btf.dataSec(Declarations.KSYMS).ifPresent(id -> {
            for (BtfType.SecVar entry : ((BtfType.DataSec) btf.type(id)).variables()) {
                if (btf.contains(entry.type())
                        && btf.type(entry.type()) instanceof BtfType.Func function
                        && function.linkage() == BtfType.Linkage.EXTERN) {
                    targets.function(function.name());
                }
            }
        });
    }

    private static BtfType.Var variable(Btf btf, String section, BtfType.SecVar entry) throws ObjectFormatException {
        if (btf.contains(entry.type()) && btf.type(entry.type()) instanceof BtfType.Var variable) {
            return variable;
        }
        throw new ObjectFormatException("btf type " + entry.type() + " in `" + section + "` is not a variable");
    }

    private DataSection data(ElfSection section, Btf btf) throws ObjectFormatException, ElfFormatException {
        refuseRelocations(section, "addresses in data");
        Bytes content;
        if (section.type() == Elf.SHT_NOBITS) {
            if (section.size() < 0 || section.size() > MAX_ZEROS - zeros) {
                throw new ObjectFormatException("section `" + section.name() + "` is too big");
            }
            zeros += section.size();
            content = Bytes.zeros((int) section.size());
        } else {
            content = Bytes.of(section.content(elf.order()));
        }
        List<DataVariable> variables = new ArrayList<>(declared(section, btf));
        // Comparators of the JDK are serializable lambdas, which no archive of classes can contain.
        variables.sort((one, other) -> Integer.compare(one.offset(), other.offset()));
        boolean readOnly = !section.has(Elf.SHF_WRITE);
        return new DataSection(section.name(), readOnly, content, variables);
    }

    private List<DataVariable> declared(ElfSection section, Btf btf) throws ObjectFormatException {
        Map<String, ElfSymbol> symbols = index.objects(section);
        List<DataVariable> variables = new ArrayList<>();
        if (btf.dataSec(section.name()).isEmpty()) {
            for (ElfSymbol symbol : symbols.values()) {
                if (symbol.binding() != ElfSymbol.Binding.LOCAL) {
                    variables.add(variable(symbol.name(), symbol.value(), symbol.size(), 0));
                }
            }
            return variables;
        }
        BtfType.DataSec declared =
                (BtfType.DataSec) btf.type(btf.dataSec(section.name()).getAsInt());
        for (BtfType.SecVar entry : declared.variables()) {
            BtfType.Var variable = variable(btf, section.name(), entry);
            // clang leaves the offsets of global variables to the symbols.
            ElfSymbol symbol = symbols.get(variable.name());
            long offset = symbol == null ? entry.offset() : symbol.value();
            boolean local = variable.linkage() == BtfType.Linkage.STATIC;
            if (local && (symbol == null || !locals.add(variable.name()))) {
                // Static variables of functions may share a name, and code refers to bytes.
                continue;
            }
            variables.add(variable(variable.name(), offset, entry.size(), variable.type()));
        }
        return variables;
    }

    private static DataVariable variable(String name, long offset, long size, int type) throws ObjectFormatException {
        boolean fits = offset >= 0 && offset <= Integer.MAX_VALUE && size >= 0 && size <= Integer.MAX_VALUE;
        if (!fits) {
            throw new ObjectFormatException("variable `" + name + "` exceeds its section");
        }
        return new DataVariable(name, (int) offset, (int) size, type);
    }

    private void refuseRelocations(ElfSection section, String what) throws ObjectFormatException, ElfFormatException {
        if (!index.relocations(section).isEmpty()) {
            throw new ObjectFormatException(
                    "section `" + section.name() + "` needs " + what + ", which are not supported");
        }
    }

    /** Returns the programs in the order of the symbol table. */
    private List<ProgramSpec> programs(ExtInfoReader ext) throws ObjectFormatException, ElfFormatException {
        List<CodeSection.Function> text = List.of();
        Map<String, Map<String, CodeSection.Function>> sections = new HashMap<>();
        for (ElfSection section : elf.sections()) {
            if (!isCode(section)) {
                continue;
            }
            List<CodeSection.Function> functions = new CodeReader(elf, index, section, targets, ext).read();
            if (section.name().equals(CodeSection.TEXT)) {
                text = functions;
            } else {
                Map<String, CodeSection.Function> byName = new HashMap<>();
                functions.forEach(function -> byName.put(function.name(), function));
                sections.put(section.name(), byName);
            }
        }
        Linker linker = new Linker(text);
        List<ProgramSpec> programs = new ArrayList<>();
        for (ElfSymbol symbol : elf.symbols()) {
            Optional<ElfSection> where = elf.section(symbol.section());
            if (symbol.kind() != ElfSymbol.Kind.FUNC || where.isEmpty()) {
                continue;
            }
            String section = where.get().name();
            if (!isCode(where.get())) {
                throw new ObjectFormatException(
                        "function `" + symbol.name() + "` is in `" + section + "`, which holds no code");
            }
            Map<String, CodeSection.Function> functions = sections.get(section);
            if (functions == null) {
                continue;
            }
            if (symbol.binding() != ElfSymbol.Binding.GLOBAL) {
                throw new ObjectFormatException(
                        "program `" + symbol.name() + "` in `" + section + "` is not a global function");
            }
            CodeSection.Function main = functions.get(symbol.name());
            if (main != null) {
                programs.add(linker.link(section, main));
            }
        }
        return programs;
    }
}
