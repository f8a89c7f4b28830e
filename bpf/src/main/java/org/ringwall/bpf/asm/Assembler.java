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
 * Collects code with labels and lays it out once it is complete. The code is kept as data, so a branch that turns out too
 * far is widened without asking the caller for anything again.
 *
 * <p>An instruction or a field that the cpu or the encoding does not have is an {@link IllegalArgumentException} where it
 * is emitted; a label that is not bound, or bound twice, is an {@link IllegalStateException}.
 */
public final class Assembler {
    private final Cpu cpu;
    private final List<CodeElement> elements = new ArrayList<>();

    /** Code for processors from `cpu` on. */
    public Assembler(Cpu cpu) {
        this.cpu = cpu;
    }

    /** What was added so far, in order. */
    public List<CodeElement> elements() {
        return List.copyOf(elements);
    }

    /** The instructions, with every branch as short as it can be and no shorter than its label is far. */
    public Assembly layout() throws CodeTooLargeException {
        return layout(Short.MAX_VALUE);
    }

    /**
     * The same, but jumps over more slots than `reach` are wide too: a kernel may put longer code between.
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

    /** Adds an instruction that is complete as it stands. */
    public Assembler add(Insn insn) {
        return add(new CodeElement.Plain(insn));
    }

    /** `label:` */
    public Assembler bind(Label label) {
        return add(new CodeElement.Bind(label));
    }

    /** `; line` */
    public Assembler line(SourceLine mark) {
        return add(new CodeElement.Line(mark));
    }

    /** `dst = imm`, sign-extended to 64 bits. */
    public Assembler mov(Reg dst, int imm) {
        return mov(dst, Operand.of(imm));
    }

    /** `dst = src`, 64 bits. */
    public Assembler mov(Reg dst, Reg src) {
        return mov(dst, Operand.of(src));
    }

    /** `dst = src`, 64 bits. */
    public Assembler mov(Reg dst, Operand src) {
        return add(new Insn.Mov(Width.DW, Width.DW, dst, src));
    }

    /** `wdst = imm`, zero-extended to 64 bits. */
    public Assembler mov32(Reg dst, int imm) {
        return mov32(dst, Operand.of(imm));
    }

    /** `wdst = wsrc`, the low 32 bits, zero-extended. */
    public Assembler mov32(Reg dst, Reg src) {
        return mov32(dst, Operand.of(src));
    }

    /** `wdst = wsrc`, the low 32 bits, zero-extended. */
    public Assembler mov32(Reg dst, Operand src) {
        return add(new Insn.Mov(Width.W, Width.W, dst, src));
    }

    /** `dst op= imm`, 64 bits. */
    public Assembler alu(Insn.AluOp op, Reg dst, int imm) {
        return alu(op, Width.DW, dst, Operand.of(imm));
    }

    /** `dst op= src`, 64 bits. */
    public Assembler alu(Insn.AluOp op, Reg dst, Reg src) {
        return alu(op, Width.DW, dst, Operand.of(src));
    }

    /** `wdst op= imm`, zero-extended. */
    public Assembler alu32(Insn.AluOp op, Reg dst, int imm) {
        return alu(op, Width.W, dst, Operand.of(imm));
    }

    /** `wdst op= wsrc`, zero-extended. */
    public Assembler alu32(Insn.AluOp op, Reg dst, Reg src) {
        return alu(op, Width.W, dst, Operand.of(src));
    }

    /** `dst op= src`, 64 bits or, with W, `wdst op= wsrc`. */
    public Assembler alu(Insn.AluOp op, Width width, Reg dst, Operand src) {
        return add(new Insn.Alu(op, width, dst, src));
    }

    /** `dst = -dst`, 64 bits or, with W, `wdst = -wdst`. */
    public Assembler neg(Width width, Reg dst) {
        return add(new Insn.Neg(width, dst));
    }

    /** `dst = be16 dst` (be32, be64): to or from network order; narrower than 64 bits it zero-extends. */
    public Assembler swapBe(Reg dst, Width width) {
        return add(new Insn.Swap(Insn.SwapOp.BE, width, dst));
    }

    /** `dst = le16 dst` (le32, le64); narrower than 64 bits it zero-extends. */
    public Assembler swapLe(Reg dst, Width width) {
        return add(new Insn.Swap(Insn.SwapOp.LE, width, dst));
    }

    /** `dst = *(width *)(src +off)`, zero-extended. */
    public Assembler load(Width width, Reg dst, Reg src, int off) {
        return add(new Insn.Load(width, false, dst, src, Insn.offset(off)));
    }

    /** `*(width *)(dst +off) = src`. */
    public Assembler store(Width width, Reg dst, int off, Reg src) {
        return store(width, dst, off, Operand.of(src));
    }

    /** `*(width *)(dst +off) = imm`, sign-extended to DW. */
    public Assembler store(Width width, Reg dst, int off, int imm) {
        return store(width, dst, off, Operand.of(imm));
    }

    /** `*(width *)(dst +off) = src`. */
    public Assembler store(Width width, Reg dst, int off, Operand src) {
        return add(new Insn.Store(width, dst, Insn.offset(off), src));
    }

    /** `lock *(width *)(dst +off) += src`, W or DW. */
    public Assembler atomicAdd(Width width, Reg dst, int off, Reg src) {
        return add(new Insn.Atomic(Insn.AtomicOp.ADD, false, width, dst, Insn.offset(off), src));
    }

    /** `dst = 0x…`, all 64 bits, two slots. */
    public Assembler loadImm64(Reg dst, long value) {
        return add(new Insn.LoadImm64(Insn.Pseudo.VALUE, dst, value));
    }

    /** `dst = &name + addend`, two slots; {@link Assembly#symbols} lists it. */
    public Assembler loadSymbol(Reg dst, String name, int addend) {
        return add(new CodeElement.Symbol(dst, name, addend));
    }

    /** `dst += offset of field`; {@link Assembly#fields} lists it. */
    public Assembler addOffset(Reg dst, PrivateField field) {
        return add(new CodeElement.Offset(dst, field));
    }

    /** `if dst op imm goto label`, 64 bits; `imm` is sign-extended. */
    public Assembler jump(Insn.JumpOp op, Reg dst, int imm, Label label) {
        return jump(op, Width.DW, dst, Operand.of(imm), label);
    }

    /** `if dst op src goto label`, 64 bits. */
    public Assembler jump(Insn.JumpOp op, Reg dst, Reg src, Label label) {
        return jump(op, Width.DW, dst, Operand.of(src), label);
    }

    /** `if wdst op imm goto label`. */
    public Assembler jump32(Insn.JumpOp op, Reg dst, int imm, Label label) {
        return jump(op, Width.W, dst, Operand.of(imm), label);
    }

    /** `if wdst op wsrc goto label`. */
    public Assembler jump32(Insn.JumpOp op, Reg dst, Reg src, Label label) {
        return jump(op, Width.W, dst, Operand.of(src), label);
    }

    /** `if dst op src goto label`, 64 bits or, with W, `if wdst op wsrc goto label`. */
    public Assembler jump(Insn.JumpOp op, Width width, Reg dst, Operand src, Label label) {
        return add(new CodeElement.Branch(op, width, dst, src, label));
    }

    /** `goto label`. */
    public Assembler goTo(Label label) {
        return add(new CodeElement.Always(label));
    }

    /** `call helper#id`: arguments in r1 to r5, which it clobbers; result in r0. */
    public Assembler call(int helperId) {
        return add(new Insn.CallHelper(helperId));
    }

    /** `call function` of the kernel: registers as for a helper; {@link Assembly#kfuncs} lists it. */
    public Assembler call(Kfunc function) {
        return add(new CodeElement.KernelCall(function));
    }

    /** `call pc+…`, a subprogram bound in this code. */
    public Assembler callLocal(Label label) {
        return add(new CodeElement.Call(label));
    }

    /** `dst = subprog[+…]`, the address of a subprogram bound in this code. */
    public Assembler loadFunction(Reg dst, Label label) {
        return add(new CodeElement.Address(dst, label));
    }

    /** `exit`, returning r0. */
    public Assembler exit() {
        return add(new Insn.Exit());
    }

    private void require(Insn insn) {
        if (!cpu.has(insn)) {
            throw new IllegalArgumentException("cpu %s has no %s".formatted(cpu, insn));
        }
    }
}
