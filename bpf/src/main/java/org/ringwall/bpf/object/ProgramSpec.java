// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;

/**
 * A self-contained program: calls stay inside {@code insns}, and every address of a map or of data
 * is a {@code LoadImm64} of a plain value, the addend of its relocation.
 *
 * @param name the function's name; the kernel shows its first 15 characters
 * @param section libbpf's section name, which determines program type and attach type
 * @param relocations by slot
 * @param lines by slot; empty, or the first is at slot 0 (kernel: check_btf_line)
 * @param funcTypeId the BTF type of the function, 0 if there is none
 * @param subprograms by slot, the functions after the program's own code
 * @param coreRelocations by slot
 * @param kfuncCalls by slot, one for each call of a kernel function
 */
public record ProgramSpec(
        String name,
        String section,
        List<Insn> insns,
        List<Relocation> relocations,
        List<LineInfo> lines,
        int funcTypeId,
        List<Subprogram> subprograms,
        List<CoreRelocation> coreRelocations,
        List<KfuncCall> kfuncCalls) {
    public ProgramSpec {
        Checks.name(name);
        Checks.name(section);
        Checks.that(!isReserved(section), "`" + section + "` is not a section name for programs");
        Checks.that(!insns.isEmpty(), "program `" + name + "` has no instruction");
        Checks.that(funcTypeId >= 0, "type id is negative");
        insns = List.copyOf(insns);
        relocations = List.copyOf(relocations);
        lines = List.copyOf(lines);
        subprograms = List.copyOf(subprograms);
        coreRelocations = List.copyOf(coreRelocations);
        kfuncCalls = List.copyOf(kfuncCalls);
        Map<Integer, Relocation> addends = new HashMap<>();
        relocations.forEach(relocation -> addends.put(relocation.slot(), relocation));
        BitSet starts = new BitSet();
        BitSet loads = new BitSet();
        BitSet offsets = new BitSet();
        BitSet kernelCalls = new BitSet();
        int slot = 0;
        for (Insn insn : insns) {
            starts.set(slot);
            loads.set(slot, holdsAddend(insn, addends.get(slot)));
            offsets.set(slot, CoreRelocation.held(insn).isPresent());
            kernelCalls.set(slot, UNRESOLVED.equals(insn));
            slot += insn.slots();
        }
        ascending(
                "relocation",
                name,
                loads,
                relocations.stream().map(Relocation::slot).toList());
        ascending("line", name, starts, lines.stream().map(LineInfo::slot).toList());
        ascending(
                "subprogram",
                name,
                starts,
                subprograms.stream().map(Subprogram::slot).toList());
        ascending(
                "core relocation",
                name,
                offsets,
                coreRelocations.stream().map(CoreRelocation::slot).toList());
        ascending(
                "call of the kernel",
                name,
                kernelCalls,
                kfuncCalls.stream().map(KfuncCall::slot).toList());
        Checks.that(
                insns.stream().filter(Insn.CallKfunc.class::isInstance).count() == kfuncCalls.size(),
                "program `" + name + "` calls a function of the kernel that has no name");
        Checks.that(lines.isEmpty() || lines.get(0).slot() == 0, "program `" + name + "` starts without a line");
    }

    /** A call of a kernel function before a loader resolves it. */
    public static final Insn UNRESOLVED = new Insn.CallKfunc(0, (short) 0);

    /** Creates a program that calls no kernel function. */
    public ProgramSpec(
            String name,
            String section,
            List<Insn> insns,
            List<Relocation> relocations,
            List<LineInfo> lines,
            int funcTypeId,
            List<Subprogram> subprograms,
            List<CoreRelocation> coreRelocations) {
        this(name, section, insns, relocations, lines, funcTypeId, subprograms, coreRelocations, List.of());
    }

    /** Creates a program without subprograms. */
    public ProgramSpec(
            String name,
            String section,
            List<Insn> insns,
            List<Relocation> relocations,
            List<LineInfo> lines,
            int funcTypeId) {
        this(name, section, insns, relocations, lines, funcTypeId, List.of(), List.of());
    }

    /** Creates a program without CO-RE relocations. */
    public ProgramSpec(
            String name,
            String section,
            List<Insn> insns,
            List<Relocation> relocations,
            List<LineInfo> lines,
            int funcTypeId,
            List<Subprogram> subprograms) {
        this(name, section, insns, relocations, lines, funcTypeId, subprograms, List.of());
    }

    /** Returns how many 8-byte slots the code takes. */
    public int slots() {
        return InsnCodec.slots(insns);
    }

    private static boolean holdsAddend(Insn insn, @Nullable Relocation relocation) {
        return relocation != null
                && insn instanceof Insn.LoadImm64 load
                && load.pseudo() == Insn.Pseudo.VALUE
                && load.value() == relocation.addend();
    }

    private static boolean isReserved(String section) {
        return section.startsWith(".") || section.equals("license") || section.equals("version");
    }

    private static void ascending(String what, String name, BitSet allowed, List<Integer> slots) {
        int next = 0;
        for (int slot : slots) {
            Checks.that(slot >= next, what + "s of `" + name + "` are not in the order of their slots");
            Checks.that(allowed.get(slot), what + " of `" + name + "` at slot " + slot + ", where none can be");
            next = slot + 1;
        }
    }
}
