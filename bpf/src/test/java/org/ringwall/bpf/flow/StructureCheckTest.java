// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSamples;
import org.ringwall.bpf.insn.InsnSyntaxException;

class StructureCheckTest {
    /** Returns the findings for a program whose instructions are separated by bars. */
    private static List<String> check(String code) throws InsnSyntaxException {
        return StructureCheck.check(InsnParser.program(code.replace('|', '\n'))).stream()
                .map(finding -> finding.slot() + " " + finding.kind())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "r0 = 1 | exit",
                "r6 = r1 | r2 = *(u32 *)(r6 +4) | r0 = r2 | exit",
                "*(u64 *)(r10 -8) = 0 | r0 = *(u32 *)(r10 -4) | exit",
                "r2 = r10 | r2 += -8 | *(u64 *)(r2 +0) = r1 | r0 = *(u64 *)(r10 -8) | exit",
                "r2 = 0 | r2 += 1 | if r2 < 0xa goto pc-2 | r0 = 0 | exit",
                "r2 = r10 | r2 += -16 | r1 = r2 | r2 = 16 | call #16 | r0 = *(u64 *)(r10 -8) | exit",
                "r1 += 4 | r1 += -4 | r0 = *(u32 *)(r1 +0) | exit",
                "r1 += 4 | r0 = r1 | exit",
                "call pc+1 | exit | r0 = 0 | exit",
                "call pc+2 | r0 = 0 | exit | exit",
                "*(u64 *)(r10 -8) = r1 | r6 = *(u64 *)(r10 -8) | r0 = *(u32 *)(r6 +0) | exit",
                "r6 = r1 | r0 = *(u32 *)skb[12] | exit",
                "r0 = 1 | r0 <<= 63 | r0 /= 1 | exit",
                "*(u64 *)(r10 -512) = 0 | r0 = 0 | exit"
            })
    void soundCodeHasNoFindings(String code) throws InsnSyntaxException {
        assertThat(check(code)).isEmpty();
    }

    @Test
    void jumpsOutOfTheCode() throws InsnSyntaxException {
        assertThat(check("r0 = 0 | if r0 == 0x0 goto pc+1 | exit")).containsExactly("1 JUMP_TARGET");
        assertThat(check("r0 = 0 | goto pc-3 | exit")).containsExactly("1 JUMP_TARGET");
        assertThat(check("r0 = 0 | gotol pc+2147483647")).containsExactly("1 JUMP_TARGET");
        assertThat(check("call pc+7 | exit")).containsExactly("0 JUMP_TARGET");
    }

    @Test
    void jumpIntoTheMiddleOfAWideLoad() throws InsnSyntaxException {
        List<Finding> findings = StructureCheck.check(InsnParser.program("if r1 == 0x0 goto pc+1\nr0 = 0x5\nexit"));
        assertThat(findings).hasToString("[slot 0: leads to slot 2, into the middle of a 64-bit immediate]");
    }

    @Test
    void fallsOffTheEnd() throws InsnSyntaxException {
        assertThat(check("r0 = 0")).containsExactly("0 FALLS_OFF");
        assertThat(check("r0 = 0 | if r0 == 0x0 goto pc-2")).containsExactly("1 FALLS_OFF");
        assertThat(check("call pc+1 | r0 = 0 | exit")).contains("1 FALLS_OFF");
        assertThat(StructureCheck.check(List.of())).extracting(Finding::kind).containsExactly(Finding.Kind.FALLS_OFF);
    }

    @Test
    void jumpsIntoAnotherSubprogram() throws InsnSyntaxException {
        assertThat(check("call pc+2 | if r0 == 0x0 goto pc+2 | exit | r0 = 0 | exit"))
                .containsExactly("1 LEAVES_SUBPROGRAM");
    }

    @Test
    void unreachableCode() throws InsnSyntaxException {
        assertThat(check("r0 = 0 | goto pc+1 | r0 = 1 | exit")).containsExactly("2 UNREACHABLE");
    }

    @Test
    void shiftsAtOrPastTheWidth() throws InsnSyntaxException {
        assertThat(check("r0 = 1 | r0 <<= 64 | exit")).containsExactly("1 SHIFT_WIDTH");
        assertThat(check("w0 = 1 | w0 s>>= 32 | exit")).containsExactly("1 SHIFT_WIDTH");
        assertThat(check("w0 = 1 | w0 >>= -1 | exit")).containsExactly("1 SHIFT_WIDTH");
    }

    @Test
    void divisionByConstantZero() throws InsnSyntaxException {
        assertThat(check("r0 = 1 | r0 /= 0 | w0 s%= 0 | exit"))
                .containsExactly("1 DIVISION_BY_ZERO", "2 DIVISION_BY_ZERO");
    }

    @Test
    void checksRandomProgramsWithoutThrowing() {
        Random random = new Random(21);
        for (int round = 0; round < 300; round++) {
            List<Insn> wild = InsnSamples.random(random, 1 + random.nextInt(30));
            List<Insn> jumps = ControlFlowGraphTest.randomJumps(random, 1 + random.nextInt(30));
            for (Finding finding : StructureCheck.check(wild)) {
                assertThat(finding.message()).isNotBlank();
            }
            for (Finding finding : StructureCheck.check(jumps)) {
                assertThat(finding.slot()).isBetween(0, jumps.size() - 1);
            }
        }
    }
}
