// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuTest {
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            w1 += w2                                ; V1
            if r1 s>= 0x1 goto pc+1                 ; V1
            if r1 < 0x1 goto pc+1                   ; V2
            if r1 s<= r2 goto pc+1                  ; V2
            if w1 == 0x1 goto pc+1                  ; V3
            lock *(u64 *)(r1 +0) += r2              ; V1
            lock *(u64 *)(r1 +0) |= r2              ; V3
            r2 = atomic_xchg((u32 *)(r1 +0), r2)    ; V3
            r1 s/= r2                               ; V4
            w1 s%= 5                                ; V4
            r1 = (s8)r2                             ; V4
            r1 = *(s16 *)(r2 +0)                    ; V4
            r1 = *(u16 *)(r2 +0)                    ; V1
            r1 = bswap16 r1                         ; V4
            r1 = be16 r1                            ; V1
            gotol pc+1                              ; V4
            """)
    void lowestVersionIsTheOneThatIntroducedTheInstruction(String text, Cpu lowest) throws InsnSyntaxException {
        Insn insn = InsnParser.parse(text);
        assertThat(Cpu.of(insn)).isEqualTo(lowest);
        for (Cpu cpu : Cpu.values()) {
            assertThat(cpu.has(insn)).isEqualTo(cpu.ordinal() >= lowest.ordinal());
        }
    }
}
