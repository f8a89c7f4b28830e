// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;

/**
 * The functions of one section of the file: programs of one kind, or all subprograms in `.text`.
 *
 * @param functions one after the other
 */
record CodeSection(String name, List<Function> functions) {
    /** The section in which libbpf looks for subprograms. */
    static final String TEXT = ".text";

    CodeSection {
        functions = List.copyOf(functions);
    }

    /**
     * A function.
     *
     * @param slot its start in its section
     * @param relocations slots in this and all other lists are counted from the function's start
     */
    record Function(
            String name,
            int slot,
            int typeId,
            List<Insn> insns,
            List<Relocation> relocations,
            List<LineInfo> lines,
            List<Call> calls,
            List<CoreRelocation> coreRelocations,
            List<KfuncCall> kfuncCalls) {
        Function {
            insns = List.copyOf(insns);
            relocations = List.copyOf(relocations);
            lines = List.copyOf(lines);
            calls = List.copyOf(calls);
            coreRelocations = List.copyOf(coreRelocations);
            kfuncCalls = List.copyOf(kfuncCalls);
        }
    }

    /**
     * A call, or a load of a function's address, at {@code slot}, to slot {@code target} of
     * `.text`.
     */
    record Call(int slot, int target) {}

    /** Splits programs into the sections of a file, `.text` first if there are subprograms. */
    static List<CodeSection> of(List<ProgramSpec> programs) {
        List<Function> text = new ArrayList<>();
        Map<String, List<Function>> sections = new LinkedHashMap<>();
        int textSlots = 0;
        for (ProgramSpec program : programs) {
            List<Function> section = sections.computeIfAbsent(program.section(), name -> new ArrayList<>());
            section.add(new Splitter(program, textSlots).main(end(section)));
            text.addAll(new Splitter(program, textSlots).subprograms());
            textSlots = end(text);
        }
        List<CodeSection> all = new ArrayList<>();
        if (!text.isEmpty()) {
            all.add(new CodeSection(TEXT, text));
        }
        sections.forEach((name, functions) -> all.add(new CodeSection(name, functions)));
        return all;
    }

    private static int end(List<Function> functions) {
        if (functions.isEmpty()) {
            return 0;
        }
        Function last = functions.get(functions.size() - 1);
        return last.slot() + InsnCodec.slots(last.insns());
    }

    /**
     * Splits one program at the starts of its subprograms, which are moved to `.text` from
     * {@code textSlot} on.
     */
    private record Splitter(ProgramSpec program, int textSlot) {
        Function main(int slot) {
            return cut(program.name(), slot, program.funcTypeId(), 0, firstEnd());
        }

        List<Function> subprograms() {
            List<Function> functions = new ArrayList<>();
            List<Subprogram> subs = program.subprograms();
            for (int i = 0; i < subs.size(); i++) {
                Subprogram sub = subs.get(i);
                int end = i + 1 < subs.size() ? subs.get(i + 1).slot() : program.slots();
                functions.add(cut(sub.name(), inText(sub.slot()), sub.funcTypeId(), sub.slot(), end));
            }
            return functions;
        }

        private int firstEnd() {
            return program.subprograms().isEmpty()
                    ? program.slots()
                    : program.subprograms().get(0).slot();
        }

        /** Returns the slot in `.text` of a slot of the program's subprograms. */
        private int inText(int slot) {
            return textSlot + slot - firstEnd();
        }

        private Function cut(String name, int slot, int typeId, int start, int end) {
            List<Insn> insns = new ArrayList<>();
            List<Call> calls = new ArrayList<>();
            int at = 0;
            for (Insn insn : program.insns()) {
                if (at >= start && at < end) {
                    insns.add(insn);
                    OptionalInt target = target(at, insn);
                    if (target.isPresent()) {
                        calls.add(new Call(at - start, inText(target.getAsInt())));
                    }
                }
                at += insn.slots();
            }
            List<Relocation> relocations = program.relocations().stream()
                    .filter(r -> r.slot() >= start && r.slot() < end)
                    .map(r -> new Relocation(r.slot() - start, r.symbol(), r.addend()))
                    .toList();
            List<LineInfo> lines = program.lines().stream()
                    .filter(l -> l.slot() >= start && l.slot() < end)
                    .map(l -> new LineInfo(l.slot() - start, l.file(), l.line(), l.column(), l.text()))
                    .toList();
            List<CoreRelocation> core = program.coreRelocations().stream()
                    .filter(c -> c.slot() >= start && c.slot() < end)
                    .map(c -> c.at(c.slot() - start))
                    .toList();
            List<KfuncCall> kernel = program.kfuncCalls().stream()
                    .filter(k -> k.slot() >= start && k.slot() < end)
                    .map(k -> k.at(k.slot() - start))
                    .toList();
            return new Function(name, slot, typeId, insns, relocations, lines, calls, core, kernel);
        }

        private OptionalInt target(int at, Insn insn) {
            int target;
            if (insn instanceof Insn.CallLocal call) {
                target = at + 1 + call.off();
            } else if (insn instanceof Insn.LoadImm64 load && load.pseudo() == Insn.Pseudo.FUNC) {
                target = at + 1 + load.low();
            } else {
                return OptionalInt.empty();
            }
            boolean starts = program.subprograms().stream().anyMatch(sub -> sub.slot() == target);
            Checks.that(
                    starts,
                    "slot " + at + " of `" + program.name()
                            + "` calls an instruction that does not begin a subprogram");
            return OptionalInt.of(target);
        }
    }
}
