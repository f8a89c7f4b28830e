// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.KfuncRef;
import org.ringwall.bpf.asm.LineMark;
import org.ringwall.bpf.asm.SymbolRef;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.source.SourceFile;

/**
 * The printed form of code in golden cases: the verifier's notation, with the policy's lines and
 * the names of globals.
 */
final class AssemblyText {
    private static final InsnPrinter PRINTER =
            new InsnPrinter(id -> Helper.of(id).map(Helper::kernelName));

    private AssemblyText() {}

    static String print(Assembly assembly, SourceFile source) {
        Map<Integer, SymbolRef> symbols = new HashMap<>();
        assembly.symbols().forEach(symbol -> symbols.put(symbol.slot(), symbol));
        Map<Integer, KfuncRef> kfuncs = new HashMap<>();
        assembly.kfuncs().forEach(call -> kfuncs.put(call.slot(), call));
        Map<Integer, LineMark> lines = new HashMap<>();
        assembly.lines().forEach(line -> lines.put(line.slot(), line));
        StringBuilder text = new StringBuilder();
        int slot = 0;
        int last = 0;
        for (Insn insn : assembly.insns()) {
            LineMark mark = lines.get(slot);
            if (mark != null && mark.mark().line() != last) {
                last = mark.mark().line();
                text.append("; ").append(source.line(last).strip()).append('\n');
            }
            SymbolRef symbol = symbols.get(slot);
            text.append("%4d: ".formatted(slot));
            KfuncRef call = kfuncs.get(slot);
            if (call != null) {
                text.append("call ").append(call.function().kernelName());
            } else {
                text.append(symbol == null ? PRINTER.print(insn) : load(insn) + " = &" + symbol.name());
            }
            text.append('\n');
            slot += insn.slots();
        }
        return text.toString();
    }

    private static String load(Insn insn) {
        return ((Insn.LoadImm64) insn).dst().toString();
    }
}
