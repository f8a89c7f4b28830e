// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * An element with the properties that steps test. They are computed once, since elements stay the
 * same while the code around them changes many times.
 *
 * @param target the target of a jump; empty for everything else
 * @param answer the number of `r0 = number`; empty for everything else
 * @param writesAnswer whether it writes or clobbers r0
 * @param readsAnswer whether it reads r0
 * @param mark whether it is not an instruction
 * @param exit whether it is `exit`
 */
record Item(
        CodeElement element,
        Optional<Label> target,
        OptionalInt answer,
        boolean writesAnswer,
        boolean readsAnswer,
        boolean mark,
        boolean exit) {
    private static final int ALL_ARGUMENTS = 5;

    static Item of(CodeElement element) {
        if (element instanceof CodeElement.Plain plain) {
            RegisterUse use = RegisterUse.of(plain.insn(), id -> ALL_ARGUMENTS);
            return new Item(
                    element,
                    Optional.empty(),
                    answer(plain.insn()),
                    use.writes().contains(Reg.R0),
                    use.reads().contains(Reg.R0),
                    false,
                    plain.insn() instanceof Insn.Exit);
        }
        boolean mark = element instanceof CodeElement.Bind || element instanceof CodeElement.Line;
        return new Item(element, target(element), OptionalInt.empty(), writes(element), reads(element), mark, false);
    }

    /** Returns the binding of a label. */
    static Item bind(Label label) {
        return of(new CodeElement.Bind(label));
    }

    /** Returns `goto target`. */
    static Item always(Label target) {
        return of(new CodeElement.Always(target));
    }

    /** Returns the same jump to another label. */
    Item to(Label label) {
        return of(
                element instanceof CodeElement.Branch branch
                        ? new CodeElement.Branch(branch.op(), branch.width(), branch.dst(), branch.src(), label)
                        : new CodeElement.Always(label));
    }

    /** Whether control may continue at the next element. */
    boolean falls() {
        return !exit && !(element instanceof CodeElement.Always);
    }

    /** Whether both have the same element. */
    boolean same(Item other) {
        return this == other || element.equals(other.element);
    }

    private static Optional<Label> target(CodeElement element) {
        if (element instanceof CodeElement.Branch branch) {
            return Optional.of(branch.target());
        }
        return element instanceof CodeElement.Always always ? Optional.of(always.target()) : Optional.empty();
    }

    private static OptionalInt answer(Insn insn) {
        return insn instanceof Insn.Mov mov
                        && mov.dst() == Reg.R0
                        && mov.width() == Width.DW
                        && mov.src() instanceof Operand.OfImm number
                ? OptionalInt.of(number.value())
                : OptionalInt.empty();
    }

    private static boolean writes(CodeElement element) {
        if (element instanceof CodeElement.Symbol symbol) {
            return symbol.dst() == Reg.R0;
        } else if (element instanceof CodeElement.Offset offset) {
            return offset.dst() == Reg.R0;
        }
        return element instanceof CodeElement.KernelCall;
    }

    private static boolean reads(CodeElement element) {
        if (element instanceof CodeElement.Branch branch) {
            boolean right = branch.src() instanceof Operand.OfReg of && of.reg() == Reg.R0;
            return right || branch.dst() == Reg.R0;
        }
        return element instanceof CodeElement.Offset offset && offset.dst() == Reg.R0;
    }
}
