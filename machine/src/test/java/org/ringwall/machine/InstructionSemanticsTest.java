// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.set;
import static org.ringwall.machine.Runs.value;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * A test of every operation in whole programs, against formulas on unbounded integers and against
 * test vectors.
 */
class InstructionSemanticsTest {
    private static final List<Width> WIDTHS = List.of(Width.W, Width.DW);

    static Stream<Arguments> operations() {
        return Stream.of(AluOp.values()).flatMap(op -> WIDTHS.stream().map(width -> Arguments.of(op, width)));
    }

    static Stream<Arguments> conditions() {
        return Stream.of(JumpOp.values()).flatMap(op -> WIDTHS.stream().map(width -> Arguments.of(op, width)));
    }

    private static List<Long> operands() {
        List<Long> values = new ArrayList<>(List.of(
                0L,
                1L,
                2L,
                3L,
                7L,
                31L,
                32L,
                33L,
                63L,
                64L,
                65L,
                -1L,
                -2L,
                -3L,
                -7L,
                -32L,
                -64L,
                0x7fL,
                0x80L,
                0xffL,
                0x7fff_ffffL,
                0x8000_0000L,
                0xffff_ffffL,
                0x1_0000_0000L,
                -0x8000_0000L,
                -0x8000_0001L,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1,
                0x0123_4567_89ab_cdefL,
                0xfedc_ba98_7654_3210L));
        Random random = new Random(9669);
        random.longs(8).forEach(values::add);
        return values;
    }

    @ParameterizedTest
    @MethodSource("operations")
    void computesWithRegisters(AluOp op, Width width) {
        for (long left : operands()) {
            for (long right : operands()) {
                long result = value(List.of(
                        set(Reg.R0, left), set(Reg.R3, right), new Insn.Alu(op, width, Reg.R0, Operand.of(Reg.R3))));
                assertThat(result)
                        .as("%x %s %x", left, op, right)
                        .isEqualTo(NaiveArithmetic.alu(op, width, left, right));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void computesWithImmediates(AluOp op, Width width) {
        boolean shift = op == AluOp.LSH || op == AluOp.RSH || op == AluOp.ARSH;
        boolean division = op == AluOp.DIV || op == AluOp.MOD || op == AluOp.SDIV || op == AluOp.SMOD;
        for (long left : operands()) {
            for (long right : operands()) {
                int imm = (int) right;
                boolean refused = shift && (imm < 0 || imm >= width.bits()) || division && imm == 0;
                if (!refused) {
                    long result = value(List.of(set(Reg.R0, left), new Insn.Alu(op, width, Reg.R0, Operand.of(imm))));
                    assertThat(result)
                            .as("%x %s %x", left, op, imm)
                            .isEqualTo(NaiveArithmetic.alu(op, width, left, imm));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("conditions")
    void comparesRegistersAndImmediates(JumpOp op, Width width) {
        for (long left : operands()) {
            for (long right : operands()) {
                assertThat(jumps(op, width, left, set(Reg.R3, right), Operand.of(Reg.R3)))
                        .as("%x %s %x", left, op, right)
                        .isEqualTo(NaiveArithmetic.holds(op, width, left, right));
                int imm = (int) right;
                assertThat(jumps(op, width, left, set(Reg.R3, 0), Operand.of(imm)))
                        .as("%x %s imm %x", left, op, imm)
                        .isEqualTo(NaiveArithmetic.holds(op, width, left, imm));
            }
        }
    }

    private static boolean jumps(JumpOp op, Width width, long left, Insn prepare, Operand right) {
        return value(List.of(
                        set(Reg.R4, left),
                        prepare,
                        set(Reg.R0, 1),
                        new Insn.Jump(op, width, Reg.R4, right, (short) 2),
                        set(Reg.R0, 0)))
                == 1;
    }

    /** Expected values are literals, not computed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "r0 = -1                                                  | 0xffffffffffffffff",
                "w0 = -1                                                  | 0x00000000ffffffff",
                "r1 = 0x12345678ffffff80; r0 = (s8)r1                     | 0xffffffffffffff80",
                "r1 = 0x12345678ffffff80; w0 = (s8)w1                     | 0x00000000ffffff80",
                "r1 = 0x1234567800008001; r0 = (s16)r1                    | 0xffffffffffff8001",
                "r1 = 0x1234567880000001; r0 = (s32)r1                    | 0xffffffff80000001",
                "r1 = 0x1234567880000001; w0 = w1                         | 0x0000000080000001",
                "r0 = 0x8000000000000000; r0 = -r0                        | 0x8000000000000000",
                "r0 = 0x1234567800000001; w0 = -w0                        | 0x00000000ffffffff",
                "r0 = 0x1122334455667788; r0 = le16 r0                    | 0x0000000000007788",
                "r0 = 0x1122334455667788; r0 = le32 r0                    | 0x0000000055667788",
                "r0 = 0x1122334455667788; r0 = le64 r0                    | 0x1122334455667788",
                "r0 = 0x1122334455667788; r0 = be16 r0                    | 0x0000000000008877",
                "r0 = 0x1122334455667788; r0 = be32 r0                    | 0x0000000088776655",
                "r0 = 0x1122334455667788; r0 = be64 r0                    | 0x8877665544332211",
                "r0 = 0x1122334455667788; r0 = bswap16 r0                 | 0x0000000000008877",
                "r0 = 0x1122334455667788; r0 = bswap32 r0                 | 0x0000000088776655",
                "r0 = 0x1122334455667788; r0 = bswap64 r0                 | 0x8877665544332211",
                "r0 = 0x8000000000000000; r1 = -1; r0 s/= r1              | 0x8000000000000000",
                "r0 = 0x8000000000000000; r1 = -1; r0 s%= r1              | 0x0000000000000000",
                "w0 = -2147483648; w1 = -1; w0 s/= w1                     | 0x0000000080000000",
                "r0 = -13; r0 s%= 3                                       | 0xffffffffffffffff",
                "r0 = -13; r1 = 0; r0 s/= r1                              | 0x0000000000000000",
                "r0 = 0x1122334455667788; r1 = 0; w0 %= w1                | 0x0000000055667788",
                "r1 = -2; *(u64 *)(r10 -8) = r1; r0 = *(u8 *)(r10 -8)     | 0x00000000000000fe",
                "r1 = -2; *(u64 *)(r10 -8) = r1; r0 = *(s8 *)(r10 -8)     | 0xfffffffffffffffe",
                "r1 = -2; *(u64 *)(r10 -8) = r1; r0 = *(s32 *)(r10 -4)    | 0xffffffffffffffff",
                "*(u64 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8)             | 0xfffffffffffffffe",
                "*(u64 *)(r10 -8) = 0; *(u16 *)(r10 -6) = 258; r0 = *(u64 *)(r10 -8) | 0x0000000001020000",
                "r6 = 5; r1 = 7; call pc+1; goto pc+3; r0 = r1; r6 = 9; exit; r0 += r6 | 0x000000000000000c",
                "r0 = 1; gotol pc+1; r0 = 2; r0 += 1                      | 0x0000000000000002"
            })
    void computesTheTestVectorsOfTheSpecification(String program, String expected) {
        assertThat(value(code(program.split(";")))).isEqualTo(Long.parseUnsignedLong(expected.substring(2), 16));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "lock *(u64 *)(r10 -8) += r1                              @ 0x00000002fffffffe @ 0xffffffff",
                "lock *(u32 *)(r10 -8) += r1                              @ 0x00000001fffffffe @ 0xffffffff",
                "lock *(u64 *)(r10 -8) |= r1                              @ 0x00000001ffffffff @ 0xffffffff",
                "lock *(u64 *)(r10 -8) &= r1                              @ 0x00000000ffffffff @ 0xffffffff",
                "lock *(u64 *)(r10 -8) ^= r1                              @ 0x0000000100000000 @ 0xffffffff",
                "r1 = atomic64_fetch_add((u64 *)(r10 -8), r1)             @ 0x00000002fffffffe @ 0x1ffffffff",
                "r1 = atomic_fetch_add((u32 *)(r10 -8), r1)               @ 0x00000001fffffffe @ 0xffffffff",
                "r1 = atomic64_xchg((u64 *)(r10 -8), r1)                  @ 0x00000000ffffffff @ 0x1ffffffff",
                "r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)           @ 0x00000001ffffffff @ 0xffffffff",
                "r0 = atomic_cmpxchg((u32 *)(r10 -8), r0, r1)             @ 0x00000001ffffffff @ 0xffffffff"
            })
    void updatesMemoryAtomically(String operation, String memory, String source) {
        String[] before = {"r0 = 7", "r1 = 0x1ffffffff", "*(u64 *)(r10 -8) = r1", "r1 = 0xffffffff", operation};
        assertThat(value(concat(before, "r0 = *(u64 *)(r10 -8)"))).isEqualTo(Long.decode(memory));
        assertThat(value(concat(before, "r0 = r1"))).isEqualTo(Long.decode(source));
    }

    @ParameterizedTest
    @CsvSource({"0x1ffffffff, 64, 0x5", "0xffffffff, 64, 0x1ffffffff", "0xffffffff, , 0x100000005"})
    void exchangesOnlyIfTheExpectedValueMatches(String expected, String suffix, String memory) {
        String type = suffix == null ? "u32" : "u64";
        String operation =
                "r0 = atomic%s_cmpxchg((%s *)(r10 -8), r0, r1)".formatted(suffix == null ? "" : suffix, type);
        List<Insn> program = code(
                "r0 = 0x1ffffffff",
                "*(u64 *)(r10 -8) = r0",
                "r0 = " + expected,
                "r1 = 5",
                operation,
                "r0 = *(u64 *)(r10 -8)");
        assertThat(value(program)).isEqualTo(Long.decode(memory));
    }

    private static List<Insn> concat(String[] lines, String last) {
        List<String> all = new ArrayList<>(List.of(lines));
        all.add(last);
        return code(all.toArray(String[]::new));
    }
}
