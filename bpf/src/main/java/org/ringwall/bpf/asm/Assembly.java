package org.ringwall.bpf.asm;

import java.util.List;
import org.ringwall.bpf.insn.Insn;

/** Laid out code. Symbols, lines and fields are in slot order, at most one each a slot, and every slot is an instruction's first. */
public record Assembly(List<Insn> insns, List<SymbolRef> symbols, List<LineMark> lines, List<FieldRef> fields) {
    public Assembly {
        insns = List.copyOf(insns);
        symbols = List.copyOf(symbols);
        lines = List.copyOf(lines);
        fields = List.copyOf(fields);
    }
}
