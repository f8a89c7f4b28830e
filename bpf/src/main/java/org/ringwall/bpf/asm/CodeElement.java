package org.ringwall.bpf.asm;

import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** One element of code before layout. Elements that are no instruction take no slot. */
public sealed interface CodeElement {
    /** An instruction that is complete as it stands; distances in it stay as they are, so jumps use {@link Branch}. */
    record Plain(Insn insn) implements CodeElement {}

    /** `if dst op src goto target`. */
    record Branch(Insn.JumpOp op, Width width, Reg dst, Operand src, Label target) implements CodeElement {
        public Branch {
            if (width != Width.W && width != Width.DW) {
                throw new IllegalArgumentException("a branch compares 32 or 64 bits");
            }
        }
    }

    /** `goto target`. */
    record Always(Label target) implements CodeElement {}

    /** `call target`, a subprogram in the same code. */
    record Call(Label target) implements CodeElement {}

    /** `dst = target`, the address of a subprogram in the same code. */
    record Address(Reg dst, Label target) implements CodeElement {}

    /** `dst = &name + addend`, resolved by a relocation. */
    record Symbol(Reg dst, String name, int addend) implements CodeElement {
        public Symbol {
            if (name.isEmpty() || addend < 0) {
                throw new IllegalArgumentException("symbol `%s`, addend %d".formatted(name, addend));
            }
        }
    }

    /** The next instruction is where `label` points. */
    record Bind(Label label) implements CodeElement {}

    /** The next instructions come from this line. */
    record Line(SourceLine mark) implements CodeElement {}
}
