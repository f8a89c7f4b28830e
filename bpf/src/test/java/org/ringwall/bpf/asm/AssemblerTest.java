// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Kfunc;

class AssemblerTest {
    private static final int REACH = Short.MAX_VALUE;

    private static List<String> text(Assembler code) throws CodeTooLargeException {
        return code.layout().insns().stream().map(InsnPrinter.plain()::print).toList();
    }

    private static Assembler pad(Assembler code, int slots) {
        for (int i = 0; i < slots; i++) {
            code.mov(Reg.R0, 0);
        }
        return code;
    }

    @Test
    void emittersProduceTheDocumentedInstructions() throws CodeTooLargeException {
        Label end = new Label("end");
        Assembler code = new Assembler(Cpu.V3)
                .mov(Reg.R6, Reg.R1)
                .mov(Reg.R2, -1)
                .mov32(Reg.R2, Reg.R3)
                .mov32(Reg.R2, 7)
                .alu(Insn.AluOp.ADD, Reg.R2, -8)
                .alu(Insn.AluOp.XOR, Reg.R2, Reg.R3)
                .alu32(Insn.AluOp.RSH, Reg.R2, 4)
                .alu32(Insn.AluOp.AND, Reg.R2, Reg.R3)
                .neg(Width.W, Reg.R2)
                .swapBe(Reg.R2, Width.H)
                .swapLe(Reg.R2, Width.DW)
                .load(Width.W, Reg.R2, Reg.R6, 4)
                .store(Width.B, Reg.R10, -1, 3)
                .store(Width.DW, Reg.R10, -8, Reg.R2)
                .atomicAdd(Width.DW, Reg.R10, -8, Reg.R2)
                .loadImm64(Reg.R3, 0x1122334455667788L)
                .jump(Insn.JumpOp.EQ, Reg.R2, 7, end)
                .jump(Insn.JumpOp.SGT, Reg.R2, Reg.R3, end)
                .jump32(Insn.JumpOp.LT, Reg.R2, -1, end)
                .jump32(Insn.JumpOp.SET, Reg.R2, Reg.R3, end)
                .goTo(end)
                .call(1)
                .bind(end)
                .exit();
        assertThat(text(code))
                .containsExactly(
                        "r6 = r1",
                        "r2 = -1",
                        "w2 = w3",
                        "w2 = 7",
                        "r2 += -8",
                        "r2 ^= r3",
                        "w2 >>= 4",
                        "w2 &= w3",
                        "w2 = -w2",
                        "r2 = be16 r2",
                        "r2 = le64 r2",
                        "r2 = *(u32 *)(r6 +4)",
                        "*(u8 *)(r10 -1) = 3",
                        "*(u64 *)(r10 -8) = r2",
                        "lock *(u64 *)(r10 -8) += r2",
                        "r3 = 0x1122334455667788",
                        "if r2 == 0x7 goto pc+5",
                        "if r2 s> r3 goto pc+4",
                        "if w2 < 0xffffffff goto pc+3",
                        "if w2 & w3 goto pc+2",
                        "goto pc+1",
                        "call #1",
                        "exit");
    }

    @Test
    void distancesCountTheTwoSlotsOfWideLoads() throws CodeTooLargeException {
        Label top = new Label("top");
        Assembler code = new Assembler(Cpu.V1).bind(top).loadImm64(Reg.R1, 1).goTo(top);
        assertThat(text(code)).containsExactly("r1 = 0x1", "goto pc-3");
    }

    @Test
    void listsSymbolLoadsAndLeavesZeroPlaceholders() throws CodeTooLargeException {
        Assembly done = new Assembler(Cpu.V1)
                .loadImm64(Reg.R1, 1)
                .loadSymbol(Reg.R2, "table", 16)
                .loadSymbol(Reg.R3, "flows", 0)
                .layout();
        assertThat(done.symbols()).containsExactly(new SymbolRef(2, "table", 16), new SymbolRef(4, "flows", 0));
        assertThat(done.insns().get(1)).isEqualTo(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R2, 0));
    }

    @Test
    void usesTheLastLineMarkBeforeAnInstruction() throws CodeTooLargeException {
        SourceLine one = new SourceLine(1, 1);
        SourceLine two = new SourceLine(2, 5);
        Assembly done = new Assembler(Cpu.V1)
                .line(one)
                .line(two)
                .loadImm64(Reg.R0, 0)
                .line(one)
                .exit()
                .line(two)
                .layout();
        assertThat(done.lines()).containsExactly(new LineMark(0, two), new LineMark(2, one));
    }

    @Test
    void subprogramsAreCalledAndAddressedByLabel() throws CodeTooLargeException {
        Label sub = new Label("sub");
        Assembler code = new Assembler(Cpu.V1)
                .loadFunction(Reg.R2, sub)
                .callLocal(sub)
                .exit()
                .bind(sub)
                .mov(Reg.R0, 1)
                .exit();
        // The load is at slots 0 and 1, the subprogram at slot 4: verifier.c adds imm + 1 to the
        // load's first slot.
        assertThat(text(code)).startsWith("r2 = subprog[+3]", "call pc+1");
    }

    @ParameterizedTest
    @CsvSource({"32767, goto pc+32767, 32768", "32768, gotol pc+32768, 32769"})
    void forwardGotoWidensExactlyPastItsReach(int slots, String text, int size) throws CodeTooLargeException {
        Label end = new Label("end");
        Assembler code = pad(new Assembler(Cpu.V4).goTo(end), slots).bind(end);
        assertThat(text(code)).hasSize(size).startsWith(text);
    }

    @ParameterizedTest
    @CsvSource({"32767, goto pc-32768", "32768, gotol pc-32769"})
    void backwardGotoWidensExactlyPastItsReach(int slots, String text) throws CodeTooLargeException {
        Label top = new Label("top");
        Assembler code = pad(new Assembler(Cpu.V4).bind(top), slots).goTo(top);
        assertThat(text(code)).endsWith(text);
    }

    @ParameterizedTest
    @EnumSource(Insn.JumpOp.class)
    void invertsAFarBranchAndJumpsWithGotol(Insn.JumpOp op) throws CodeTooLargeException {
        Label end = new Label("end");
        Assembler code =
                pad(new Assembler(Cpu.V4).jump32(op, Reg.R1, 5, end), REACH + 1).bind(end);
        if (op == Insn.JumpOp.SET) {
            assertThat(text(code)).startsWith("if w1 & 0x5 goto pc+1", "goto pc+1", "gotol pc+32768");
        } else {
            String inverse = op.inverse().orElseThrow().symbol();
            assertThat(text(code)).startsWith("if w1 " + inverse + " 0x5 goto pc+1", "gotol pc+32768");
        }
    }

    @Test
    void wideningOneBranchCanPushAnotherOutOfReach() throws CodeTooLargeException {
        Label end = new Label("end");
        Label far = new Label("far");
        Assembler code =
                new Assembler(Cpu.V4).jump(Insn.JumpOp.EQ, Reg.R1, 0, end).jump(Insn.JumpOp.EQ, Reg.R1, 1, far);
        pad(code, REACH - 1).bind(end);
        pad(code, 2).bind(far).exit();
        assertThat(text(code))
                .startsWith("if r1 != 0x0 goto pc+1", "gotol pc+32768", "if r1 != 0x1 goto pc+1", "gotol pc+32768");
    }

    @ParameterizedTest
    @EnumSource(
            value = Cpu.class,
            names = {"V1", "V2", "V3"})
    void throwsCodeTooLargeForAFarBranchWithoutGotol(Cpu cpu) {
        Label end = new Label("end");
        Assembler code = pad(new Assembler(cpu).mov(Reg.R1, 0).jump(Insn.JumpOp.EQ, Reg.R1, 0, end), REACH + 1)
                .bind(end);
        CodeTooLargeException refusal = catchThrowableOfType(CodeTooLargeException.class, code::layout);
        assertThat(refusal.slot()).isEqualTo(1);
        assertThat(refusal.distance()).isEqualTo(REACH + 1);
        assertThat(refusal).hasMessage("slot 1: `end` is +32768 slots away, and a branch reaches 32767");
    }

    @Test
    void unboundAndTwiceBoundLabelsAreErrors() {
        Label lost = new Label("lost");
        assertThatThrownBy(() -> new Assembler(Cpu.V1).goTo(lost).layout())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("label `lost` is never bound");
        assertThatThrownBy(() -> new Assembler(Cpu.V1).bind(lost).bind(lost).layout())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("label `lost` is bound twice");
    }

    @Test
    void refusesOffsetsThatDoNotFitInTheirField() {
        assertThatThrownBy(() -> new Assembler(Cpu.V1).load(Width.B, Reg.R1, Reg.R2, 32768))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Assembler(Cpu.V1).store(Width.B, Reg.R1, -32769, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesInstructionsThatTheCpuVersionLacks() {
        Label end = new Label("end");
        assertThatThrownBy(() -> new Assembler(Cpu.V3).alu(Insn.AluOp.SDIV, Reg.R1, Reg.R2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Assembler(Cpu.V2).jump32(Insn.JumpOp.EQ, Reg.R1, 0, end))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Assembler(Cpu.V1).jump(Insn.JumpOp.LE, Reg.R1, 0, end))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Assembler(Cpu.V2).jump(Insn.JumpOp.LE, Reg.R1, 0, end).elements())
                .hasSize(1);
    }

    /**
     * Checks random branches between random labels: every distance reaches its label, however
     * branches were widened.
     */
    @Test
    void everyBranchOfRandomCodeLandsOnItsLabel() throws CodeTooLargeException {
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            List<Label> labels = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                labels.add(new Label("l" + i));
            }
            Assembler code = new Assembler(Cpu.V4);
            for (int i = 0; i < labels.size(); i++) {
                // The instruction at a label holds the label's number.
                code.bind(labels.get(i)).mov(Reg.R9, 1000 + i);
                for (int to = 0; to < labels.size(); to++) {
                    code.mov(Reg.R8, 1000 + to).jump(Insn.JumpOp.SET, Reg.R1, 1, labels.get(to));
                    code.mov(Reg.R8, 1000 + to).goTo(labels.get(to));
                }
                pad(code, random.nextInt(20_000));
            }
            assertLandings(code.layout().insns());
        }
    }

    private static void assertLandings(List<Insn> insns) {
        Insn[] at = new Insn[InsnCodec.slots(insns)];
        int slot = 0;
        for (Insn insn : insns) {
            at[slot] = insn;
            slot += insn.slots();
        }
        int expected = -1;
        int landed = 0;
        for (int i = 0; i < at.length; i++) {
            Insn insn = at[i];
            if (insn instanceof Insn.Mov mov && mov.dst() == Reg.R8 && mov.src() instanceof Operand.OfImm imm) {
                expected = imm.value();
            }
            int distance = insn instanceof Insn.GotoLong far ? far.off() : 1;
            distance = insn instanceof Insn.Goto near ? near.off() : distance;
            distance = insn instanceof Insn.Jump jump ? jump.off() : distance;
            if (distance != 1) {
                Insn target = at[i + 1 + distance];
                assertThat(target).isEqualTo(new Insn.Mov(Width.DW, Width.DW, Reg.R9, Operand.of(expected)));
                landed++;
            }
        }
        assertThat(landed).isEqualTo(72);
    }

    @Test
    void listsKfuncCallsWithTheirSlots() throws CodeTooLargeException {
        Assembly assembly = new Assembler(Cpu.V3)
                .loadImm64(Reg.R1, 1)
                .call(Kfunc.CAST_TO_KERN_CTX)
                .call(Kfunc.SOCK_ADDR_SET_SUN_PATH)
                .exit()
                .layout();
        assertThat(assembly.kfuncs())
                .containsExactly(
                        new KfuncRef(2, Kfunc.CAST_TO_KERN_CTX), new KfuncRef(3, Kfunc.SOCK_ADDR_SET_SUN_PATH));
        assertThat(assembly.insns().subList(1, 3)).containsOnly(new Insn.CallKfunc(0, (short) 0));
    }
}
