// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.kernel.PrivateField;

/** An element of code before layout. Elements that are not instructions take no slot. */
public sealed interface CodeElement {
    /** A complete instruction; distances in it do not change, so jumps use {@link Branch}. */
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

    /** {@code dst = &name + addend}, resolved by a relocation. */
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

    /** A call of a kernel function, resolved by a relocation. */
    record KernelCall(Kfunc function) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.kernelCall(this);
        }
    }

    /** The position of `label`: the next instruction. */
    record Bind(Label label) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.bind(this);
        }
    }

    /** The source line of the next instructions. */
    record Line(SourceLine mark) implements CodeElement {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.line(this);
        }
    }

    /**
     * An operation on each kind of element. There are no default methods, so that the compiler
     * finds visitors that lack a new kind.
     */
    interface Visitor<R> {
        /** Visits {@link Plain}. */
        R plain(Plain element);

        /** Visits {@link Branch}. */
        R branch(Branch element);

        /** Visits {@link Always}. */
        R always(Always element);

        /** Visits {@link Call}. */
        R call(Call element);

        /** Visits {@link Address}. */
        R address(Address element);

        /** Visits {@link Symbol}. */
        R symbol(Symbol element);

        /** Visits {@link Offset}. */
        R offset(Offset element);

        /** Visits {@link KernelCall}. */
        R kernelCall(KernelCall element);

        /** Visits {@link Bind}. */
        R bind(Bind element);

        /** Visits {@link Line}. */
        R line(Line element);
    }

    /** Calls the method of `visitor` for this kind. */
    <R> R accept(Visitor<R> visitor);
}
