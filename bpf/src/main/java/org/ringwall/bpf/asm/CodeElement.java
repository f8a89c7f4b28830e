package org.ringwall.bpf.asm;

import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.kernel.PrivateField;

/** One element of code before layout. Elements that are no instruction take no slot. */
public sealed interface CodeElement {
    /** An instruction that is complete as it stands; distances in it stay as they are, so jumps use {@link Branch}. */
    record Plain(Insn insn) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.plain(this);
        }
    }

    /** `if dst op src goto target`. */
    record Branch(Insn.JumpOp op, Width width, Reg dst, Operand src, Label target) implements CodeElement {
        public Branch {
            if (width != Width.W && width != Width.DW) {
                throw new IllegalArgumentException("a branch compares 32 or 64 bits");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.branch(this);
        }
    }

    /** `goto target`. */
    record Always(Label target) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.always(this);
        }
    }

    /** `call target`, a subprogram in the same code. */
    record Call(Label target) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.call(this);
        }
    }

    /** `dst = target`, the address of a subprogram in the same code. */
    record Address(Reg dst, Label target) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.address(this);
        }
    }

    /** `dst = &name + addend`, resolved by a relocation. */
    record Symbol(Reg dst, String name, int addend) implements CodeElement {
        public Symbol {
            if (name.isEmpty() || addend < 0) {
                throw new IllegalArgumentException("symbol `%s`, addend %d".formatted(name, addend));
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.symbol(this);
        }
    }

    /** `dst += offset of field`, resolved by a relocation. */
    record Offset(Reg dst, PrivateField field) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.offset(this);
        }
    }

    /** `call function` of the kernel, resolved by a relocation. */
    record KernelCall(Kfunc function) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.kernelCall(this);
        }
    }

    /** The next instruction is where `label` points. */
    record Bind(Label label) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.bind(this);
        }
    }

    /** The next instructions come from this line. */
    record Line(SourceLine mark) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.line(this);
        }
    }

    /** What is done with each element; there is no default, so a new kind breaks every visitor. */
    interface Visitor<R> {
        /** {@link Plain}. */
        R plain(Plain element);

        /** {@link Branch}. */
        R branch(Branch element);

        /** {@link Always}. */
        R always(Always element);

        /** {@link Call}. */
        R call(Call element);

        /** {@link Address}. */
        R address(Address element);

        /** {@link Symbol}. */
        R symbol(Symbol element);

        /** {@link Offset}. */
        R offset(Offset element);

        /** {@link KernelCall}. */
        R kernelCall(KernelCall element);

        /** {@link Bind}. */
        R bind(Bind element);

        /** {@link Line}. */
        R line(Line element);
    }

    /** Calls the method of `visitor` for this kind. */
    <R> R accept(Visitor<R> visitor);
}
