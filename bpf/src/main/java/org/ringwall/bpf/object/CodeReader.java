// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.bpf.elf.Elf;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfFormatException;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.MalformedInsnException;

/** A reader of the functions of one code section. */
final class CodeReader {
    private final ElfFile elf;
    private final ElfIndex index;
    private final ElfSection section;
    private final Targets targets;
    private final ExtInfoReader ext;
    private final TreeMap<Integer, ElfRelocation> relocations = new TreeMap<>();

    CodeReader(ElfFile elf, ElfIndex index, ElfSection section, Targets targets, ExtInfoReader ext) {
        this.elf = elf;
        this.index = index;
        this.section = section;
        this.targets = targets;
        this.ext = ext;
    }

    /** Returns the functions in the order of their starts. */
    List<CodeSection.Function> read() throws ObjectFormatException, ElfFormatException {
        for (ElfRelocation relocation : index.relocations(section)) {
            add(relocation);
        }
        List<ElfSymbol> symbols = new ArrayList<>(index.functions(section));
        symbols.sort((one, other) -> Long.compare(one.value(), other.value()));
        List<CodeSection.Function> functions = new ArrayList<>();
        long end = 0;
        for (ElfSymbol symbol : symbols) {
            refuseLeftOver(end, symbol.value());
            boolean slots = symbol.value() % InsnCodec.SLOT_BYTES == 0 && symbol.size() % InsnCodec.SLOT_BYTES == 0;
            boolean inside = symbol.value() >= end
                    && symbol.size() > 0
                    && symbol.value() <= section.size()
                    && symbol.size() <= section.size() - symbol.value();
            if (!slots || !inside) {
                throw new ObjectFormatException("function `" + symbol.name() + "` does not fit into `" + section.name()
                        + "` behind its neighbours");
            }
            functions.add(function(symbol));
            end = symbol.value() + symbol.size();
        }
        refuseLeftOver(end, section.size());
        return functions;
    }

    /**
     * Rejects code outside of functions: if a program's symbol is missing, the program must not be
     * left out unnoticed.
     */
    private void refuseLeftOver(long from, long to) throws ObjectFormatException {
        if (from < to) {
            throw new ObjectFormatException(
                    "bytes " + from + ".." + (to - 1) + " of `" + section.name() + "` belong to no function");
        }
    }

    private void add(ElfRelocation relocation) throws ObjectFormatException {
        long offset = relocation.offset();
        boolean slot = offset >= 0 && offset < section.size() && offset % InsnCodec.SLOT_BYTES == 0;
        if (!slot || relocations.put((int) (offset / InsnCodec.SLOT_BYTES), relocation) != null) {
            throw new ObjectFormatException(
                    "relocation of `" + section.name() + "` at byte " + offset + ", where none can be");
        }
    }

    private CodeSection.Function function(ElfSymbol symbol) throws ObjectFormatException {
        int start = (int) (symbol.value() / InsnCodec.SLOT_BYTES);
        int end = start + (int) (symbol.size() / InsnCodec.SLOT_BYTES);
        Body body = new Body(symbol.name(), start, end);
        int slot = 0;
        for (Insn insn : decode(symbol)) {
            body.add(slot, insn);
            slot += insn.slots();
        }
        if (body.pending.isEmpty()) {
            List<LineInfo> lines = ext.lines(section.name(), start, end).values().stream()
                    .map(l -> new LineInfo(l.slot() - start, l.file(), l.line(), l.column(), l.text()))
                    .toList();
            int type = ext.functionType(section.name(), start);
            List<CoreRelocation> core = ext.coreRelocations(section.name(), start, end).values().stream()
                    .map(c -> c.at(c.slot() - start))
                    .toList();
            return new CodeSection.Function(
                    symbol.name(), start, type, body.insns, body.found, lines, body.calls, core, body.kernel);
        }
        throw new ObjectFormatException(body.where(body.pending.firstKey() - start) + ": relocation of nothing");
    }

    private List<Insn> decode(ElfSymbol symbol) throws ObjectFormatException {
        ByteBuffer content = section.content(elf.order());
        byte[] bytes = new byte[(int) symbol.size()];
        content.get((int) symbol.value(), bytes);
        try {
            return InsnCodec.decode(bytes, elf.order());
        } catch (MalformedInsnException e) {
            throw new ObjectFormatException("function `" + symbol.name() + "`, " + e.getMessage(), e);
        }
    }

    /** A function under construction. */
    private final class Body {
        private final String name;
        private final int start;
        private final TreeMap<Integer, ElfRelocation> pending;
        private final List<Insn> insns = new ArrayList<>();
        private final List<Relocation> found = new ArrayList<>();
        private final List<CodeSection.Call> calls = new ArrayList<>();
        private final List<KfuncCall> kernel = new ArrayList<>();

        Body(String name, int start, int end) {
            this.name = name;
            this.start = start;
            this.pending = new TreeMap<>(relocations.subMap(start, end));
        }

        String where(int slot) {
            return "function `" + name + "`, slot " + slot;
        }

        void add(int slot, Insn insn) throws ObjectFormatException {
            Map.Entry<Integer, ElfRelocation> next = pending.firstEntry();
            if (next == null || next.getKey() != start + slot) {
                insns.add(plain(slot, insn));
                return;
            }
            pending.remove(next.getKey());
            ElfRelocation relocation = next.getValue();
            if (insn instanceof Insn.LoadImm64 load && relocation.type() == Elf.R_BPF_64_64) {
                insns.add(load(slot, load, relocation));
            } else if (insn instanceof Insn.CallLocal call && relocation.type() == Elf.R_BPF_64_32) {
                Optional<String> function = targets.external(relocation);
                if (function.isPresent()) {
                    kernel.add(new KfuncCall(slot, function.get()));
                    insns.add(ProgramSpec.UNRESOLVED);
                    return;
                }
                long addend = (call.off() + 1L) * InsnCodec.SLOT_BYTES;
                calls.add(new CodeSection.Call(slot, targets.code(where(slot), relocation, addend)));
                insns.add(insn);
            } else {
                throw new ObjectFormatException(where(slot) + ": relocation of type " + relocation.type());
            }
        }

        private Insn load(int slot, Insn.LoadImm64 load, ElfRelocation relocation) throws ObjectFormatException {
            if (targets.isCode(where(slot), relocation)) {
                calls.add(new CodeSection.Call(slot, targets.code(where(slot), relocation, load.low())));
                return new Insn.LoadImm64(Insn.Pseudo.FUNC, load.dst(), 0);
            }
            Relocation data = targets.data(where(slot), slot, relocation, load.low());
            found.add(data);
            return new Insn.LoadImm64(Insn.Pseudo.VALUE, load.dst(), data.addend());
        }

        /**
         * Returns an instruction without a relocation. Rejects a reference that a loader has filled
         * in: it would refer to descriptors of this process.
         */
        private Insn plain(int slot, Insn insn) throws ObjectFormatException {
            boolean text = section.name().equals(CodeSection.TEXT);
            if (insn instanceof Insn.CallLocal call && text) {
                call(slot, call.off());
            } else if (insn instanceof Insn.LoadImm64 load && load.pseudo() == Insn.Pseudo.FUNC && text) {
                call(slot, load.low());
            } else if (insn instanceof Insn.CallLocal
                    || insn instanceof Insn.CallKfunc
                    || insn instanceof Insn.LoadImm64 pseudo && pseudo.pseudo() != Insn.Pseudo.VALUE) {
                throw new ObjectFormatException(where(slot) + ": refers to something without a relocation");
            }
            return insn;
        }

        private void call(int slot, int distance) throws ObjectFormatException {
            long target = (long) start + slot + 1 + distance;
            if (target < 0 || target > Integer.MAX_VALUE) {
                throw new ObjectFormatException(where(slot) + ": calls outside of `.text`");
            }
            calls.add(new CodeSection.Call(slot, (int) target));
        }
    }
}
