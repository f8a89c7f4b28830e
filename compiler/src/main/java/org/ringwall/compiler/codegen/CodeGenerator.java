// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.asm.SourceLine;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.bpf.verifier.Rewriting;
import org.ringwall.compiler.codegen.peephole.Tidy;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Unswapped;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.Comparison;

/**
 * The generator of instructions for a routine. Blocks are emitted in the routine's order, and a
 * block that follows its predecessor needs no jump. {@link Registers} assigns registers to the
 * values and the context.
 */
public final class CodeGenerator {
    private final Routine routine;
    private final Target target;
    private final Assembler assembler;
    private final Set<String> leftOut;
    private final Map<BlockId, Label> labels = new HashMap<>();
    private final OutOfLine outOfLine;
    private final Bits bits;
    private final Map<Value, Integer> uses;

    private CodeGenerator(Routine routine, Target target, Set<String> leftOut) {
        this.routine = routine;
        this.target = target;
        this.leftOut = leftOut;
        this.assembler = new Assembler(target.cpu());
        this.outOfLine = new OutOfLine(assembler, routine.blocks().size());
        this.bits = new Bits(routine);
        this.uses = routine.uses();
        routine.blocks()
                .forEach(block -> labels.put(block.id(), new Label(block.id().toString())));
    }

    /**
     * Generates the code of a routine after all passes.
     *
     * @throws CodeTooLargeException if a jump does not reach its target
     */
    public static Assembly generate(Routine routine, Target target) throws CodeTooLargeException {
        return without(Set.of(), routine, target);
    }

    /**
     * Generates the same code without the steps of these names.
     *
     * @throws CodeTooLargeException if a jump does not reach its target
     */
    public static Assembly without(Set<String> steps, Routine routine, Target target) throws CodeTooLargeException {
        return new CodeGenerator(routine, target, steps).generate();
    }

    /**
     * Returns the names of the steps that only make the code shorter or faster. Any of them can be
     * omitted, and all together.
     */
    public static List<String> optional() {
        return Tidy.optional();
    }

    private Assembly generate() throws CodeTooLargeException {
        Registers registers = Registers.of(routine);
        InstructionSelector body = new InstructionSelector(
                routine.hook(),
                assembler,
                registers,
                new Unswapped(routine),
                target.order(),
                outOfLine,
                StampCode.of(routine, assembler, target),
                new MapCode(assembler, new IndexedMaps(assembler, outOfLine, routine.hook(), target.places())));
        List<BasicBlock> blocks = routine.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            BasicBlock block = blocks.get(i);
            assembler.bind(label(block.id()));
            SourceFile.Position at = block.span().position();
            SourceLine line = new SourceLine(at.line(), at.column());
            assembler.line(line);
            outOfLine.at(line);
            if (i == 0) {
                registers.context().filter(reg -> reg != Reg.R1).ifPresent(reg -> assembler.mov(reg, Reg.R1));
            }
            body.begin();
            BlockId next =
                    i + 1 == blocks.size() ? block.id() : blocks.get(i + 1).id();
            Optional<Instruction> tested = tested(block, next);
            block.instructions().stream()
                    .filter(instruction -> !tested.equals(Optional.of(instruction)))
                    .forEach(body::add);
            block.end().accept(new End(body, tested, next));
        }
        outOfLine.emit();
        Assembler tidied = new Assembler(target.cpu());
        Tidy.apply(assembler.elements(), leftOut, !target.places().isEmpty()).forEach(tidied::add);
        Assembly assembly = tidied.layout();
        if (far(assembly).isPresent()) {
            assembly = tidied.layout(Rewriting.NEAR);
        }
        Optional<Rewriting.Far> far = far(assembly);
        if (far.isPresent()) {
            throw new IllegalStateException("the jump at slot " + far.get().slot() + " of the code for "
                    + routine.hook() + " may be " + far.get().distance() + " slots from its target");
        }
        return assembly;
    }

    /**
     * Returns the mask at the end of the block if the branch only tests whether one of its bits is
     * set, and jumps in that case: one jump instruction does both.
     */
    private Optional<Instruction> tested(BasicBlock block, BlockId next) {
        int last = block.instructions().size() - 1;
        if (last < 0
                || !(block.instructions().get(last).op() instanceof NumberOp.Alu alu)
                || !alu.is(NumberOp.Operator.AND)
                || !(block.end() instanceof Terminator.Branch branch)) {
            return Optional.empty();
        }
        Instruction masked = block.instructions().get(last);
        // The immediate of a jump is sign-extended to 64 bits.
        boolean fits = alu.right() <= Integer.MAX_VALUE || bits.of(masked.operand(0)) <= Integer.SIZE;
        boolean isTested = fits
                && branch.left().equals(masked.result())
                && uses.getOrDefault(masked.result(), 0) == 1
                && branch.right().equals(new Terminator.Right.OfNumber(0))
                && (branch.op() == Comparison.NE && !branch.yes().equals(next)
                        || branch.op() == Comparison.EQ && !branch.no().equals(next));
        return isTested ? Optional.of(masked) : Optional.empty();
    }

    private Optional<Rewriting.Far> far(Assembly assembly) {
        return Rewriting.jumps(routine.hook(), assembly.insns()).stream().findFirst();
    }

    private Label label(BlockId id) {
        Label label = labels.get(id);
        if (label == null) {
            throw new IllegalStateException("no block " + id);
        }
        return label;
    }

    private static Insn.JumpOp jump(Comparison op) {
        return switch (op) {
            case EQ -> Insn.JumpOp.EQ;
            case NE -> Insn.JumpOp.NE;
            case LT -> Insn.JumpOp.LT;
            case LE -> Insn.JumpOp.LE;
            case GT -> Insn.JumpOp.GT;
            case GE -> Insn.JumpOp.GE;
        };
    }

    private static Insn.JumpOp inverse(Insn.JumpOp op) {
        return op.inverse().orElseThrow(() -> new IllegalStateException(op + " has no inverse"));
    }

    /** The code of a terminator; `next` is the following block. */
    private final class End implements Terminator.Visitor<Assembler> {
        private final InstructionSelector body;
        private final Optional<Instruction> tested;
        private final BlockId next;

        End(InstructionSelector body, Optional<Instruction> tested, BlockId next) {
            this.body = body;
            this.tested = tested;
            this.next = next;
        }

        @Override
        public Assembler branch(Terminator.Branch branch) {
            if (tested.isPresent()) {
                return anySet(branch, tested.get());
            }
            Insn.JumpOp op = jump(branch.op());
            Operand right = branch.right() instanceof Terminator.Right.OfValue of
                    ? Operand.of(body.register(of.value()))
                    : Operand.of(body.compared(branch.left(), ((Terminator.Right.OfNumber) branch.right()).number()));
            Reg left = body.register(branch.left());
            Width width = body.isNarrow(branch.left()) ? Width.W : branch.width();
            if (branch.yes().equals(next)) {
                return assembler.jump(inverse(op), width, left, right, label(branch.no()));
            }
            assembler.jump(op, width, left, right, label(branch.yes()));
            return branch.no().equals(next) ? assembler : assembler.goTo(label(branch.no()));
        }

        /** `if of & mask goto a`. */
        private Assembler anySet(Terminator.Branch branch, Instruction masked) {
            BlockId set = branch.op() == Comparison.NE ? branch.yes() : branch.no();
            BlockId clear = set.equals(branch.yes()) ? branch.no() : branch.yes();
            Value of = masked.operand(0);
            Operand mask = Operand.of(body.compared(of, ((NumberOp.Alu) masked.op()).right()));
            assembler.jump(Insn.JumpOp.SET, Width.DW, body.register(of), mask, label(set));
            return clear.equals(next) ? assembler : assembler.goTo(label(clear));
        }

        @Override
        public Assembler goOn(Terminator.Goto end) {
            return end.target().equals(next) ? assembler : assembler.goTo(label(end.target()));
        }

        @Override
        public Assembler openPacket(Terminator.OpenPacket end) {
            PacketOpening opening = new PacketOpening(
                    assembler,
                    end,
                    body.context(),
                    target.order(),
                    PacketPlaces.of(routine),
                    CodeGenerator.this::label);
            BlockId plain = opening.emit();
            outOfLine.add(opening::emitOutOfLine);
            return plain.equals(next) ? assembler : assembler.goTo(label(plain));
        }

        @Override
        public Assembler choose(Terminator.Switch choice) {
            throw new IllegalStateException("a switch has no code: the passes expand it");
        }

        /** `r0 = bit; exit`, or `r0 = bit; r0 ^= 1; exit`. The verifier knows that r0 is 0 or 1. */
        @Override
        public Assembler decide(Terminator.Decide end) {
            Reg bit = body.register(end.bit());
            if (bit != Reg.R0) {
                assembler.mov(Reg.R0, bit);
            }
            if (end.allowing() != Hook.ALLOW) {
                assembler.alu(Insn.AluOp.XOR, Reg.R0, 1);
            }
            return assembler.exit();
        }

        @Override
        public Assembler end(Terminator.Return end) {
            if (end.writes().stream().anyMatch(Terminator.WritePath.class::isInstance)) {
                return renamed(end);
            }
            if (end.writes().stream().anyMatch(Terminator.WriteSysctl.class::isInstance)) {
                return revalued(end);
            }
            OptionCalls options = new OptionCalls(assembler, target.order(), body::register);
            options.keep(end.writes());
            OptionValue value = new OptionValue(assembler, routine.hook(), body::register);
            value.keep(end.writes());
            for (Terminator.Write write : end.writes()) {
                if (write instanceof Terminator.WriteContext field) {
                    body.write(field);
                } else if (write instanceof Terminator.WriteErrno fail) {
                    body.optionResult().fail(fail.errno());
                } else if (write instanceof Terminator.WriteSuccess) {
                    body.optionResult().succeed();
                }
            }
            options.set(end.writes());
            value.write(end.writes());
            boolean setsErrno = end.writes().stream().anyMatch(Terminator.WriteErrno.class::isInstance);
            if (end.verdict() instanceof Verdict.Deny deny && deny.errno() != Errno.EPERM && !setsErrno) {
                setErrno(deny.errno());
            }
            return assembler.mov(Reg.R0, value(end.verdict())).exit();
        }

        /**
         * Denies if the kernel rejects the path, at hooks that can deny: the caller must not reach
         * the original socket. The kfunc returns an `int`, so the upper half of r0 may be
         * undefined.
         */
        private Assembler renamed(Terminator.Return end) {
            end.writes().forEach(write -> body.write((Terminator.WritePath) write));
            int allowed = value(end.verdict());
            OptionalInt denied = routine.hook().denial();
            if (denied.isEmpty()) {
                return assembler.mov(Reg.R0, allowed).exit();
            }
            Label done = new Label("done");
            return assembler
                    .mov32(Reg.R1, Reg.R0)
                    .mov(Reg.R0, allowed)
                    .jump(Insn.JumpOp.EQ, Reg.R1, 0, done)
                    .mov(Reg.R0, denied.getAsInt())
                    .bind(done)
                    .exit();
        }

        private Assembler revalued(Terminator.Return end) {
            SysctlValue value = new SysctlValue(assembler, target.order());
            end.writes().forEach(write -> value.write(((Terminator.WriteSysctl) write).value()));
            return assembler.mov(Reg.R0, value(end.verdict())).exit();
        }

        private int value(Verdict verdict) {
            Hook hook = routine.hook();
            int plain = verdict.allows()
                    ? Hook.ALLOW
                    : hook.denial().orElseThrow(() -> new IllegalStateException("nothing can be denied at " + hook));
            int value = verdict.bit() == ReturnBit.NONE ? plain : plain | ReturnBit.VALUE;
            if (!hook.returns(target.oldest()).contains(value)) {
                throw new IllegalStateException("`" + verdict + "` at " + hook + " for kernel " + target.oldest()
                        + " was let through by the checks");
            }
            return value;
        }

        /** `if (!bpf_get_retval()) bpf_set_retval(-errno)`: an earlier error is kept. */
        private void setErrno(Errno errno) {
            if (!target.choosesErrno(routine.hook())) {
                throw new IllegalStateException(
                        "`deny " + errno + "` for kernel " + target.oldest() + " was let through by the checks");
            }
            Label done = new Label("done");
            assembler
                    .call(Helper.GET_RETVAL.id())
                    .jump(Insn.JumpOp.NE, Width.DW, Reg.R0, Operand.of(0), done)
                    .mov(Reg.R1, -errno.number())
                    .call(Helper.SET_RETVAL.id())
                    .bind(done);
        }
    }
}
