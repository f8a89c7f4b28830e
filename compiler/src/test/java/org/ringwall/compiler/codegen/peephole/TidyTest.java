// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** The effect of each peephole step on hand-written code, and what it leaves unchanged. */
class TidyTest {
    private final Label one = new Label("one");
    private final Label two = new Label("two");

    private static List<String> tidied(String without, Consumer<Assembler> code) {
        Assembler written = new Assembler(Cpu.V3);
        code.accept(written);
        Assembler tidied = new Assembler(Cpu.V3);
        Tidy.apply(written.elements(), Set.of(without), false).forEach(tidied::add);
        try {
            return tidied.layout().insns().stream()
                    .map(InsnPrinter.plain()::print)
                    .toList();
        } catch (CodeTooLargeException e) {
            throw new AssertionError(e);
        }
    }

    /** Adds code that computes a return value from the result of a helper, and tests it. */
    private void testedReturnValue(Assembler code) {
        code.call(1)
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, one)
                .mov(Reg.R0, 1)
                .bind(one)
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, two)
                .mov(Reg.R0, 5)
                .exit()
                .bind(two)
                .mov(Reg.R0, 7)
                .exit();
    }

    @Test
    void foldsABranchOnAKnownReturnValue() {
        assertThat(tidied("", this::testedReturnValue))
                .containsExactly("call #1", "if r0 == 0x0 goto pc+2", "r0 = 5", "exit", "r0 = 7", "exit");
        assertThat(tidied("dead-return-values", this::testedReturnValue)).contains("r0 = 1");
        assertThat(tidied("decided-branches", this::testedReturnValue)).hasSize(8);
    }

    @Test
    void keepsAReturnValueThatIsRead() {
        assertThat(tidied(
                        "",
                        code -> code.mov(Reg.R0, 3)
                                .jump(Insn.JumpOp.EQ, Reg.R2, 7, one)
                                .store(Width.W, Reg.R10, -8, Reg.R0)
                                .bind(one)
                                .mov(Reg.R0, 4)
                                .exit()))
                .containsExactly("r0 = 3", "if r2 == 0x7 goto pc+1", "*(u32 *)(r10 -8) = r0", "r0 = 4", "exit");
    }

    private void unreached(Assembler code) {
        code.mov(Reg.R0, Reg.R3).exit().bind(one).mov(Reg.R0, Reg.R4).bind(two).exit();
    }

    @Test
    void removesUnreachableCode() {
        assertThat(tidied("", this::unreached)).containsExactly("r0 = r3", "exit");
    }

    /** This step is not optional: others leave unreachable code, which the verifier rejects. */
    @Test
    void unreachableCodeRemainsWithoutTheMandatoryStep() {
        assertThat(tidied("dead-code", this::unreached)).contains("r0 = r4");
        assertThat(Tidy.names().stream().filter(name -> !Tidy.optional().contains(name)))
                .containsExactly("dead-code");
    }

    private void jumps(Assembler code) {
        code.jump(Insn.JumpOp.EQ, Reg.R2, 7, one)
                .mov(Reg.R0, Reg.R3)
                .exit()
                .bind(one)
                .goTo(two)
                .mov(Reg.R0, Reg.R5)
                .bind(two)
                .mov(Reg.R0, Reg.R4)
                .exit();
    }

    @Test
    void threadsAJumpToAJump() {
        assertThat(tidied("", this::jumps))
                .containsExactly("if r2 == 0x7 goto pc+2", "r0 = r3", "exit", "r0 = r4", "exit");
    }

    @Test
    void invertsABranchOverAJump() {
        assertThat(tidied(
                        "",
                        code -> code.jump(Insn.JumpOp.EQ, Reg.R2, 7, one)
                                .goTo(two)
                                .bind(one)
                                .mov(Reg.R0, Reg.R3)
                                .exit()
                                .bind(two)
                                .mov(Reg.R0, Reg.R4)
                                .exit()))
                .containsExactly("if r2 != 0x7 goto pc+2", "r0 = r3", "exit", "r0 = r4", "exit");
    }

    @Test
    void doesNotAssumeInALoopAValueFromBeforeIt() {
        Consumer<Assembler> loop = code -> code.mov(Reg.R0, 0)
                .bind(one)
                .mov(Reg.R0, 0)
                .alu(Insn.AluOp.ADD, Reg.R0, Reg.R2)
                .alu(Insn.AluOp.ADD, Reg.R2, 1)
                .jump(Insn.JumpOp.NE, Reg.R2, 7, one)
                .exit();
        assertThat(tidied("dead-return-values", loop)).hasSize(6);
    }

    @Test
    void keepsAReturnValueThatTheNextIterationReads() {
        Consumer<Assembler> loop = code -> code.mov(Reg.R0, 0)
                .bind(one)
                .alu(Insn.AluOp.ADD, Reg.R3, Reg.R0)
                .mov(Reg.R0, 5)
                .alu(Insn.AluOp.ADD, Reg.R2, 1)
                .jump(Insn.JumpOp.NE, Reg.R2, 7, one)
                .mov(Reg.R0, Reg.R3)
                .exit();
        assertThat(tidied("", loop)).hasSize(7);
    }

    @Test
    void removesADeadWriteBeforeALoop() {
        Consumer<Assembler> back = code -> code.mov(Reg.R0, 0)
                .mov(Reg.R0, 0)
                .bind(one)
                .jump(Insn.JumpOp.EQ, Reg.R2, 7, two)
                .alu(Insn.AluOp.ADD, Reg.R2, 1)
                .goTo(one)
                .bind(two)
                .exit();
        assertThat(tidied("", back))
                .containsExactly("r0 = 0", "if r2 == 0x7 goto pc+2", "r2 += 1", "goto pc-3", "exit");
    }

    /**
     * Out-of-line code jumps back to `one` with another return value than the fall-through path.
     */
    @Test
    void keepsABranchWhoseValueDependsOnOutOfLineCode() {
        Label outOfLine = new Label("outOfLine");
        Consumer<Assembler> code = written -> written.mov(Reg.R0, 1)
                .jump(Insn.JumpOp.EQ, Reg.R2, 7, outOfLine)
                .bind(one)
                .alu(Insn.AluOp.ADD, Reg.R3, Reg.R0)
                .jump(Insn.JumpOp.EQ, Reg.R0, 1, two)
                .mov(Reg.R0, 5)
                .exit()
                .bind(two)
                .mov(Reg.R0, 6)
                .exit()
                .bind(outOfLine)
                .mov(Reg.R0, 0)
                .goTo(one);
        assertThat(tidied("", code))
                .contains("r0 = 0", "r0 = 5", "r0 = 6")
                .anyMatch(line -> line.startsWith("if r0 == 0x1"));
    }

    /** `one` is reachable only by a backward jump. */
    @Test
    void keepsCodeReachableOnlyByABackwardJump() {
        Label outOfLine = new Label("outOfLine");
        Consumer<Assembler> code = written -> written.goTo(outOfLine)
                .bind(one)
                .mov(Reg.R0, Reg.R3)
                .exit()
                .bind(two)
                .mov(Reg.R0, Reg.R4)
                .exit()
                .bind(outOfLine)
                .alu(Insn.AluOp.ADD, Reg.R3, 1)
                .goTo(one);
        assertThat(tidied("", code)).containsExactly("goto pc+2", "r0 = r3", "exit", "r3 += 1", "goto pc-4");
    }
}
