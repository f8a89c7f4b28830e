// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;

/**
 * The linker, which makes programs self-contained: the subprograms in `.text` that a program calls,
 * directly or not, are copied after it once, in the order of the first calls (libbpf:
 * bpf_object__relocate_calls).
 */
final class Linker {
    /**
     * The maximum size of a program in the kernel (BPF_COMPLEXITY_LIMIT_INSNS in bpf_prog_load).
     */
    private static final int MAX_PROGRAM_SLOTS = 1_000_000;

    /** The maximum total size of programs, which may share much code. */
    private static final int MAX_OBJECT_SLOTS = 1 << 21;

    private final Map<Integer, CodeSection.Function> text = new HashMap<>();
    private int used;

    /** Creates a linker with these subprograms. */
    Linker(List<CodeSection.Function> subprograms) {
        subprograms.forEach(function -> text.put(function.slot(), function));
    }

    /** Returns the complete program. */
    ProgramSpec link(String section, CodeSection.Function main) throws ObjectFormatException {
        // The start of each subprogram in the program, by its slot in `.text`.
        Map<Integer, Integer> placed = new LinkedHashMap<>();
        List<CodeSection.Function> parts = new ArrayList<>(List.of(main));
        int end = InsnCodec.slots(main.insns());
        for (int i = 0; i < parts.size(); i++) {
            for (CodeSection.Call call : parts.get(i).calls()) {
                CodeSection.Function callee = text.get(call.target());
                if (callee == null) {
                    throw new ObjectFormatException("function `" + parts.get(i).name() + "`, slot " + call.slot()
                            + ": no function starts at slot " + call.target() + " of `.text`");
                }
                if (!placed.containsKey(call.target())) {
                    placed.put(call.target(), end);
                    parts.add(callee);
                    end += InsnCodec.slots(callee.insns());
                    bound(end <= MAX_PROGRAM_SLOTS, main.name());
                }
            }
        }
        used += end;
        bound(end <= MAX_PROGRAM_SLOTS && used <= MAX_OBJECT_SLOTS, main.name());
        return new Result(placed).program(section, parts);
    }

    private static void bound(boolean holds, String name) throws ObjectFormatException {
        if (!holds) {
            throw new ObjectFormatException("program `" + name + "` and what it calls are too long");
        }
    }

    /** The parts of one program at their new slots. */
    private static final class Result {
        private final Map<Integer, Integer> placed;
        private final List<Insn> insns = new ArrayList<>();
        private final List<Relocation> relocations = new ArrayList<>();
        private final List<LineInfo> lines = new ArrayList<>();
        private final List<Subprogram> subprograms = new ArrayList<>();
        private final List<CoreRelocation> core = new ArrayList<>();
        private final List<KfuncCall> kernel = new ArrayList<>();

        Result(Map<Integer, Integer> placed) {
            this.placed = placed;
        }

        ProgramSpec program(String section, List<CodeSection.Function> parts) {
            CodeSection.Function main = parts.get(0);
            int slot = 0;
            for (CodeSection.Function part : parts) {
                if (slot > 0) {
                    subprograms.add(new Subprogram(slot, part.name(), part.typeId()));
                }
                slot = add(part, slot);
            }
            return new ProgramSpec(
                    main.name(), section, insns, relocations, lines, main.typeId(), subprograms, core, kernel);
        }

        private int add(CodeSection.Function part, int base) {
            Map<Integer, Integer> calls = new HashMap<>();
            for (CodeSection.Call call : part.calls()) {
                calls.put(base + call.slot(), placed.get(call.target()));
            }
            for (Relocation r : part.relocations()) {
                relocations.add(new Relocation(base + r.slot(), r.symbol(), r.addend()));
            }
            for (LineInfo l : part.lines()) {
                lines.add(new LineInfo(base + l.slot(), l.file(), l.line(), l.column(), l.text()));
            }
            part.coreRelocations().forEach(c -> core.add(c.at(base + c.slot())));
            part.kfuncCalls().forEach(k -> kernel.add(k.at(base + k.slot())));
            int slot = base;
            for (Insn insn : part.insns()) {
                Integer target = calls.get(slot);
                insns.add(target == null ? insn : call(insn, target - slot - 1));
                slot += insn.slots();
            }
            return slot;
        }

        private static Insn call(Insn insn, int distance) {
            return insn instanceof Insn.LoadImm64 load
                    ? new Insn.LoadImm64(Insn.Pseudo.FUNC, load.dst(), Integer.toUnsignedLong(distance))
                    : new Insn.CallLocal(distance);
        }
    }
}
