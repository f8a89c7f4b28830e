package org.ringwall.bpf.asm;

import java.util.List;
import org.ringwall.bpf.insn.Insn;

/** Laid out code. The lists are in slot order, each with at most one a slot, and every slot is an instruction's first. */
public record Assembly(
        List<Insn> insns, List<SymbolRef> symbols, List<LineMark> lines, List<FieldRef> fields, List<KfuncRef> kfuncs) {
    public Assembly {
        insns = List.copyOf(insns);
        symbols = List.copyOf(symbols);
        lines = List.copyOf(lines);
        fields = List.copyOf(fields);
        kfuncs = List.copyOf(kfuncs);
    }
}
