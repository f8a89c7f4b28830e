// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * Replaces two ends by `r0 = 1; if … goto end; r0 = 0; end: exit`: the return value is set before a
 * test, where r0 is dead, and the ends that set it share one `exit`. Each such place is tried, and
 * the one that yields the shortest code is chosen.
 */
final class PresetReturnValues {
    /** The maximum number of places to try; a longer program gains little from one slot. */
    private static final int MOST_TRIALS = 24;

    /** The maximum number of elements; each trial tidies all of them. */
    private static final int MOST_ELEMENTS = 1_200;

    private PresetReturnValues() {}

    /** `r0 = number` before an instruction. */
    private record Preset(int place, int number) {}

    /** Returns shorter, tidied code; empty if no place makes it shorter. */
    static Optional<Code> shorter(Code code, UnaryOperator<Code> tidied) {
        if (code.size() > MOST_ELEMENTS) {
            return Optional.empty();
        }
        Code best = code;
        for (Preset preset : presets(code)) {
            Code tried = tidied.apply(with(code, preset));
            if (tried.slots() < best.slots()) {
                best = tried;
            }
        }
        return best == code ? Optional.empty() : Optional.of(best);
    }

    private static Code with(Code code, Preset preset) {
        List<Item> items = new ArrayList<>(code.items());
        items.add(
                preset.place(),
                Item.of(new CodeElement.Plain(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(preset.number())))));
        return code.with(items);
    }

    private static List<Preset> presets(Code code) {
        List<Preset> presets = new ArrayList<>();
        int first = code.instruction(0);
        for (int i = first; i < code.size() && presets.size() < MOST_TRIALS; i++) {
            OptionalInt answer =
                    code.at(i).element() instanceof CodeElement.Branch ? answer(code, i) : OptionalInt.empty();
            if (answer.isPresent() && code.isFree(first) && presets.isEmpty()) {
                presets.add(new Preset(first, answer.getAsInt()));
            }
            if (answer.isPresent() && code.isFree(i) && !code.known().isKnown(i, answer.getAsInt())) {
                presets.add(new Preset(i, answer.getAsInt()));
            }
        }
        return presets;
    }

    private static OptionalInt answer(Code code, int branch) {
        int there = code.led(branch);
        return there < code.size() ? code.at(there).answer() : OptionalInt.empty();
    }
}
