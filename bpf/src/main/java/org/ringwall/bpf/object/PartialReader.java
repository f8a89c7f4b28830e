// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.elf.Elf;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfFormatException;
import org.ringwall.bpf.elf.ElfReader;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.MalformedInsnException;

/**
 * A reader that takes what it can of any ELF file for BPF, and lists what it skips. It refuses only
 * files whose sections and symbols cannot be found.
 */
public final class PartialReader {
    /** The most bytes that are read of a section without content, which the file does not bound. */
    private static final long MAX_ZEROS = 1 << 20;

    /** The name of the sections of maps without BTF (libbpf before 1.0). */
    private static final String LEGACY_MAPS = "maps";

    private static final int LEGACY_MAP_BYTES = 20;
    private static final Set<String> READ =
            Set.of(Declarations.MAPS, LEGACY_MAPS, ObjectWriter.LICENSE, ".BTF", ".BTF.ext");

    private final ElfFile elf;
    private final ElfIndex index;
    private final Set<String> skipped = new LinkedHashSet<>();
    private Btf btf = Btf.EMPTY;
    private Optional<ExtInfoReader> ext = Optional.empty();

    private PartialReader(ElfFile elf) {
        this.elf = elf;
        this.index = new ElfIndex(elf);
    }

    /** Reads a file. */
    public static PartialObject read(byte[] file) throws ObjectFormatException {
        try {
            return new PartialReader(ElfReader.read(file)).read();
        } catch (ElfFormatException e) {
            throw new ObjectFormatException(Optional.ofNullable(e.getMessage()).orElse("malformed object"), e);
        }
    }

    private PartialObject read() {
        attempt("types", this::types);
        attempt("lines and CO-RE relocations, or some of them", this::lines);
        List<PartialObject.Function> functions = new ArrayList<>();
        List<MapSpec> maps = new ArrayList<>();
        List<PartialObject.Data> data = new ArrayList<>();
        for (ElfSection section : elf.sections()) {
            if (section.name().equals(Declarations.MAPS)) {
                maps.addAll(maps(section));
            } else if (section.name().equals(LEGACY_MAPS)) {
                maps.addAll(legacyMaps(section));
            } else if (ObjectReader.isCode(section)) {
                functions.addAll(functions(section));
            } else if (DataSection.isDataName(section.name()) && section.size() != 0) {
                data(section).ifPresent(data::add);
            } else if (section.name().startsWith(".debug_")) {
                skipped.add("sections `.debug_…`, the debugging information");
            } else if (section.type() == Elf.SHT_PROGBITS && section.size() != 0 && !READ.contains(section.name())) {
                skipped.add("section `" + section.name() + "`, of " + section.size() + " bytes");
            }
        }
        return new PartialObject(functions, maps, data, List.copyOf(skipped));
    }

    private void types() throws BtfFormatException {
        Optional<ElfSection> section = elf.section(".BTF");
        if (section.isPresent()) {
            BtfReader types = BtfReader.open(section.get().content(elf.order()));
            btf = types.btf();
            ext = Optional.of(new ExtInfoReader(types));
        }
    }

    private void lines() throws ObjectFormatException, BtfFormatException {
        Optional<ElfSection> section = elf.section(".BTF.ext");
        if (section.isPresent() && ext.isPresent()) {
            ext.get().read(section.get().content(elf.order()));
        }
    }

    private List<MapSpec> maps(ElfSection section) {
        if (btf.dataSec(section.name()).isEmpty()) {
            skipped.add("maps "
                    + String.join(
                            ", ",
                            index.objects(section).keySet().stream().sorted().toList())
                    + ": their definitions need BTF");
            return List.of();
        }
        List<MapSpec> maps = new ArrayList<>();
        for (BtfType.SecVar entry :
                ((BtfType.DataSec) btf.type(btf.dataSec(section.name()).getAsInt())).variables()) {
            if (btf.contains(entry.type()) && btf.type(entry.type()) instanceof BtfType.Var map) {
                attempt("map `" + map.name() + "`", () -> maps.add(MapDefinitions.read(btf, map.name(), map.type())));
            }
        }
        return maps;
    }

    private List<MapSpec> legacyMaps(ElfSection section) {
        List<MapSpec> maps = new ArrayList<>();
        ByteBuffer content = section.content(elf.order());
        index.objects(section).values().stream()
                .sorted(Comparator.comparingLong(ElfSymbol::value))
                .forEach(symbol -> attempt("map `" + symbol.name() + "`", () -> {
                    long at = symbol.value();
                    if (at < 0 || at > content.limit() - LEGACY_MAP_BYTES) {
                        throw new ObjectFormatException("its definition is outside the section");
                    }
                    int start = (int) at;
                    MapType type = MapType.of(Integer.toUnsignedLong(content.getInt(start)))
                            .orElseThrow(() -> new ObjectFormatException("its type is unknown"));
                    maps.add(new MapSpec(
                            symbol.name(),
                            type,
                            content.getInt(start + 4),
                            content.getInt(start + 8),
                            content.getInt(start + 12),
                            content.getInt(start + 16)));
                }));
        return maps;
    }

    private Optional<PartialObject.Data> data(ElfSection section) {
        List<PartialObject.Data> data = new ArrayList<>();
        attempt("section `" + section.name() + "`", () -> {
            boolean zeros = section.type() == Elf.SHT_NOBITS;
            if (zeros && (section.size() < 0 || section.size() > MAX_ZEROS)) {
                throw new ObjectFormatException("it is too big");
            }
            Bytes content = zeros ? Bytes.zeros((int) section.size()) : Bytes.of(section.content(elf.order()));
            List<DataVariable> variables = index.objects(section).values().stream()
                    .filter(symbol -> symbol.value() >= 0
                            && symbol.size() >= 0
                            && symbol.value() <= content.size()
                            && symbol.size() <= content.size() - symbol.value())
                    .map(symbol -> new DataVariable(symbol.name(), (int) symbol.value(), (int) symbol.size(), 0))
                    .sorted(Comparator.comparingInt(DataVariable::offset).thenComparing(DataVariable::name))
                    .toList();
            data.add(new PartialObject.Data(section.name(), content, variables));
        });
        return data.stream().findFirst();
    }

    private List<PartialObject.Function> functions(ElfSection section) {
        Map<Integer, ElfRelocation> relocations = new HashMap<>();
        attempt("relocations of `" + section.name() + "`", () -> {
            for (ElfRelocation each : index.relocations(section)) {
                relocations.put((int) (each.offset() / InsnCodec.SLOT_BYTES), each);
            }
        });
        List<PartialObject.Function> functions = new ArrayList<>();
        index.functions(section).stream()
                .sorted(Comparator.comparingLong(ElfSymbol::value))
                .forEach(symbol -> attempt(
                        "function `" + symbol.name() + "` in `" + section.name() + "`",
                        () -> functions.add(function(section, symbol, relocations))));
        return functions;
    }

    private PartialObject.Function function(
            ElfSection section, ElfSymbol symbol, Map<Integer, ElfRelocation> relocations)
            throws ObjectFormatException, MalformedInsnException {
        ByteBuffer content = section.content(elf.order());
        boolean inside = symbol.value() >= 0
                && symbol.size() > 0
                && symbol.value() % InsnCodec.SLOT_BYTES == 0
                && symbol.size() <= content.limit()
                && symbol.value() <= content.limit() - symbol.size();
        if (!inside) {
            throw new ObjectFormatException("it is not inside the section");
        }
        byte[] bytes = new byte[(int) symbol.size()];
        content.get((int) symbol.value(), bytes);
        List<Insn> insns = InsnCodec.decode(bytes, elf.order());
        int start = (int) (symbol.value() / InsnCodec.SLOT_BYTES);
        int end = start + bytes.length / InsnCodec.SLOT_BYTES;
        Map<Integer, String> targets = new HashMap<>();
        int slot = 0;
        for (Insn insn : insns) {
            ElfRelocation relocation = relocations.get(start + slot);
            if (relocation != null) {
                targets.put(slot, target(relocation, insn));
            }
            slot += insn.slots();
        }
        Map<Integer, LineInfo> lines = new HashMap<>();
        ext.ifPresent(
                info -> info.lines(section.name(), start, end).forEach((at, line) -> lines.put(at - start, line)));
        return new PartialObject.Function(symbol.name(), section.name(), insns, targets, lines);
    }

    /** Returns the name of a symbol, with an offset if the instruction refers to its section. */
    private String target(ElfRelocation relocation, Insn insn) {
        // INVARIANT: the ELF reader has checked that the symbol exists.
        ElfSymbol symbol = elf.symbols().get(relocation.symbol());
        Optional<ElfSection> section = elf.section(symbol.section());
        long bytes = symbol.value();
        if (insn instanceof Insn.CallLocal call) {
            bytes += (call.off() + 1L) * InsnCodec.SLOT_BYTES;
        } else if (insn instanceof Insn.LoadImm64 load) {
            bytes += load.low();
        }
        long at = bytes;
        Optional<String> function = section.flatMap(in -> index.functions(in).stream()
                .filter(each -> each.value() == at)
                .map(ElfSymbol::name)
                .findFirst());
        if (function.isPresent()) {
            return function.get();
        }
        if (!symbol.name().isEmpty() && symbol.kind() != ElfSymbol.Kind.SECTION) {
            return symbol.name();
        }
        String name = section.map(ElfSection::name).orElse("?");
        return bytes == 0 ? name : name + " +" + bytes;
    }

    /** A step that any part of the file can make impossible. */
    private interface Step {
        void run() throws ObjectFormatException, ElfFormatException, BtfFormatException, MalformedInsnException;
    }

    private void attempt(String what, Step step) {
        try {
            step.run();
        } catch (ObjectFormatException
                | ElfFormatException
                | BtfFormatException
                | MalformedInsnException
                | IllegalArgumentException e) {
            skipped.add(what + ": " + Optional.ofNullable(e.getMessage()).orElse("malformed"));
        }
    }
}
