// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import java.util.List;
import org.ringwall.bpf.insn.Insn;

/**
 * Code after layout. The lists are in slot order, with at most one entry for each slot, and every
 * slot is the first of an instruction.
 */
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
