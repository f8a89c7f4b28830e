// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.kernel.PrivateField;

/**
 * A builder of code with labels, which is laid out once it is complete. The code is kept as data,
 * so that a branch whose target is too far can be widened without asking the caller again.
 *
 * <p>Throws {@link IllegalArgumentException} when an instruction or a field is emitted that the cpu
 * or the encoding does not have, and {@link IllegalStateException} for a label that is not bound,
 * or is bound twice.
 */
public final class Assembler {
    private final Cpu cpu;
    private final List<CodeElement> elements = new ArrayList<>();

    /** Creates an assembler of code for processors from `cpu` on. */
    public Assembler(Cpu cpu) {
        this.cpu = cpu;
    }

    /** Returns the elements added so far, in order. */
    public List<CodeElement> elements() {
        return List.copyOf(elements);
    }

    /** Returns the instructions, with every branch in the shortest form that reaches its label. */
    public Assembly layout() throws CodeTooLargeException {
        return layout(Short.MAX_VALUE);
    }

    /**
     * Returns the instructions, with jumps over more than `reach` slots in the wide form, because a
     * kernel may insert longer code.
     *
     * @param reach at most 32767
     */
    public Assembly layout(int reach) throws CodeTooLargeException {
        return new Layout(cpu, elements, reach).assembly();
    }

    /** Adds an element of any kind. */
    public Assembler add(CodeElement element) {
        if (element instanceof CodeElement.Plain plain) {
            require(plain.insn());
        }
        if (element instanceof CodeElement.Branch branch) {
            require(new Insn.Jump(branch.op(), branch.width(), branch.dst(), branch.src(), (short) 0));
        }
        elements.add(element);
        return this;
    }

    /** Adds a complete instruction. */
    public Assembler add(Insn insn) {
        return add(new CodeElement.Plain(insn));
    }

    /** Binds a label: `label:`. */
    public Assembler bind(Label label) {
        return add(new CodeElement.Bind(label));
    }

    /** Marks the source line of the following instructions: `; line`. */
    public Assembler line(SourceLine mark) {
        return add(new CodeElement.Line(mark));
    }

    /** Adds `dst = imm`, sign-extended to 64 bits. */
    public Assembler mov(Reg dst, int imm) {
        return mov(dst, Operand.of(imm));
    }

    /** Adds `dst = src`, 64 bits. */
    public Assembler mov(Reg dst, Reg src) {
        return mov(dst, Operand.of(src));
    }

    /** Adds `dst = src`, 64 bits. */
    public Assembler mov(Reg dst, Operand src) {
        return add(new Insn.Mov(Width.DW, Width.DW, dst, src));
    }

    /** Adds `wdst = imm`, zero-extended to 64 bits. */
    public Assembler mov32(Reg dst, int imm) {
        return mov32(dst, Operand.of(imm));
    }

    /** Adds `wdst = wsrc`, the low 32 bits, zero-extended. */
    public Assembler mov32(Reg dst, Reg src) {
        return mov32(dst, Operand.of(src));
    }

    /** Adds `wdst = wsrc`, the low 32 bits, zero-extended. */
    public Assembler mov32(Reg dst, Operand src) {
        return add(new Insn.Mov(Width.W, Width.W, dst, src));
    }

    /** Adds `dst op= imm`, 64 bits. */
    public Assembler alu(Insn.AluOp op, Reg dst, int imm) {
        return alu(op, Width.DW, dst, Operand.of(imm));
    }

    /** Adds `dst op= src`, 64 bits. */
    public Assembler alu(Insn.AluOp op, Reg dst, Reg src) {
        return alu(op, Width.DW, dst, Operand.of(src));
    }

    /** Adds `wdst op= imm`, zero-extended. */
    public Assembler alu32(Insn.AluOp op, Reg dst, int imm) {
        return alu(op, Width.W, dst, Operand.of(imm));
    }

    /** Adds `wdst op= wsrc`, zero-extended. */
    public Assembler alu32(Insn.AluOp op, Reg dst, Reg src) {
        return alu(op, Width.W, dst, Operand.of(src));
    }

    /** Adds `dst op= src`, 64 bits or, with W, `wdst op= wsrc`. */
    public Assembler alu(Insn.AluOp op, Width width, Reg dst, Operand src) {
        return add(new Insn.Alu(op, width, dst, src));
    }

    /** Adds `dst = -dst`, 64 bits or, with W, `wdst = -wdst`. */
    public Assembler neg(Width width, Reg dst) {
        return add(new Insn.Neg(width, dst));
    }

    /**
     * Adds `dst = be16 dst` (be32, be64), which converts to or from network byte order;
     * zero-extends below 64 bits.
     */
    public Assembler swapBe(Reg dst, Width width) {
        return add(new Insn.Swap(Insn.SwapOp.BE, width, dst));
    }

    /** Adds `dst = le16 dst` (le32, le64); zero-extends below 64 bits. */
    public Assembler swapLe(Reg dst, Width width) {
        return add(new Insn.Swap(Insn.SwapOp.LE, width, dst));
    }

    /** Adds `dst = *(width *)(src +off)`, zero-extended. */
    public Assembler load(Width width, Reg dst, Reg src, int off) {
        return add(new Insn.Load(width, false, dst, src, Insn.offset(off)));
    }

    /** Adds `*(width *)(dst +off) = src`. */
    public Assembler store(Width width, Reg dst, int off, Reg src) {
        return store(width, dst, off, Operand.of(src));
    }

    /** Adds `*(width *)(dst +off) = imm`, sign-extended to DW. */
    public Assembler store(Width width, Reg dst, int off, int imm) {
        return store(width, dst, off, Operand.of(imm));
    }

    /** Adds `*(width *)(dst +off) = src`. */
    public Assembler store(Width width, Reg dst, int off, Operand src) {
        return add(new Insn.Store(width, dst, Insn.offset(off), src));
    }

    /** Adds `lock *(width *)(dst +off) += src`, W or DW. */
    public Assembler atomicAdd(Width width, Reg dst, int off, Reg src) {
        return add(new Insn.Atomic(Insn.AtomicOp.ADD, false, width, dst, Insn.offset(off), src));
    }

    /** Adds `dst = 0x…`, all 64 bits, two slots. */
    public Assembler loadImm64(Reg dst, long value) {
        return add(new Insn.LoadImm64(Insn.Pseudo.VALUE, dst, value));
    }

    /** Adds {@code dst = &name + addend}, two slots; {@link Assembly#symbols} lists it. */
    public Assembler loadSymbol(Reg dst, String name, int addend) {
        return add(new CodeElement.Symbol(dst, name, addend));
    }

    /** Adds `dst += offset of field`; {@link Assembly#fields} lists it. */
    public Assembler addOffset(Reg dst, PrivateField field) {
        return add(new CodeElement.Offset(dst, field));
    }

    /** Adds `if dst op imm goto label`, 64 bits; `imm` is sign-extended. */
    public Assembler jump(Insn.JumpOp op, Reg dst, int imm, Label label) {
        return jump(op, Width.DW, dst, Operand.of(imm), label);
    }

    /** Adds `if dst op src goto label`, 64 bits. */
    public Assembler jump(Insn.JumpOp op, Reg dst, Reg src, Label label) {
        return jump(op, Width.DW, dst, Operand.of(src), label);
    }

    /** Adds `if wdst op imm goto label`. */
    public Assembler jump32(Insn.JumpOp op, Reg dst, int imm, Label label) {
        return jump(op, Width.W, dst, Operand.of(imm), label);
    }

    /** Adds `if wdst op wsrc goto label`. */
    public Assembler jump32(Insn.JumpOp op, Reg dst, Reg src, Label label) {
        return jump(op, Width.W, dst, Operand.of(src), label);
    }

    /** Adds `if dst op src goto label`, 64 bits or, with W, `if wdst op wsrc goto label`. */
    public Assembler jump(Insn.JumpOp op, Width width, Reg dst, Operand src, Label label) {
        return add(new CodeElement.Branch(op, width, dst, src, label));
    }

    /** Adds `goto label`. */
    public Assembler goTo(Label label) {
        return add(new CodeElement.Always(label));
    }

    /** Adds `call helper#id`: arguments in r1 to r5, which it clobbers; result in r0. */
    public Assembler call(int helperId) {
        return add(new Insn.CallHelper(helperId));
    }

    /**
     * Adds a call of a kernel function, with registers as for a helper; {@link Assembly#kfuncs}
     * lists it.
     */
    public Assembler call(Kfunc function) {
        return add(new CodeElement.KernelCall(function));
    }

    /** Adds `call pc+…`, of a subprogram bound in this code. */
    public Assembler callLocal(Label label) {
        return add(new CodeElement.Call(label));
    }

    /** Adds `dst = subprog[+…]`, the address of a subprogram bound in this code. */
    public Assembler loadFunction(Reg dst, Label label) {
        return add(new CodeElement.Address(dst, label));
    }

    /** Adds `exit`, which returns r0. */
    public Assembler exit() {
        return add(new Insn.Exit());
    }

    private void require(Insn insn) {
        if (!cpu.has(insn)) {
            throw new IllegalArgumentException("cpu %s has no %s".formatted(cpu, insn));
        }
    }
}
