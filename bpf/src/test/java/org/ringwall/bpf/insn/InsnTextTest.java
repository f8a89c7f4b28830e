// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InsnTextTest {
    private static final InsnPrinter PRINTER = InsnPrinter.plain();

    @Test
    void everyInstructionRoundTripsThroughItsText() throws InsnSyntaxException {
        Map<String, Insn> seen = new HashMap<>();
        for (Insn insn : InsnSamples.all()) {
            String text = PRINTER.print(insn);
            assertThat(InsnParser.parse(text)).as(text).isEqualTo(insn);
            Insn other = seen.putIfAbsent(text, insn);
            assertThat(other == null || other.equals(insn)).as(text).isTrue();
        }
    }

    @Test
    void listingRoundTripsThroughItsText() throws InsnSyntaxException {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            List<Insn> program = InsnSamples.random(random, 60);
            String listing = PRINTER.listing(program);
            assertThat(InsnParser.program(listing)).isEqualTo(program);
            assertThat(PRINTER.listing(InsnParser.program(listing))).isEqualTo(listing);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "r0 = 1",
                "r0 = -1",
                "w1 += w2",
                "r1 s/= r2",
                "w1 s%= -3",
                "r1 s>>= 63",
                "r1 = (s8)r2",
                "w1 = (s16)w2",
                "r1 = (s32)r2",
                "r3 = -r3",
                "w3 = -w3",
                "r1 = be16 r1",
                "r1 = le64 r1",
                "r1 = bswap32 r1",
                "r2 = *(u32 *)(r1 +4)",
                "r2 = *(s8 *)(r10 -8)",
                "*(u8 *)(r10 -1) = 7",
                "*(u64 *)(r10 -8) = r1",
                "lock *(u64 *)(r1 +0) += r2",
                "lock *(u32 *)(r1 +0) ^= r2",
                "r2 = atomic64_fetch_add((u64 *)(r1 +8), r2)",
                "r2 = atomic_fetch_or((u32 *)(r1 +8), r2)",
                "r2 = atomic64_xchg((u64 *)(r1 +8), r2)",
                "r0 = atomic_cmpxchg((u32 *)(r1 +8), r0, r2)",
                "r1 = 0x1122334455667788",
                "r1 = map[fd:3]",
                "r1 = map[fd:3][0]+8",
                "r1 = map[idx:3]",
                "r1 = map[idx:3][0]+8",
                "r1 = btf[fd:0][id:7]",
                "r1 = subprog[+5]",
                "r0 = *(u16 *)skb[12]",
                "r0 = *(u8 *)skb[r7 + -1]",
                "if r1 == 0x7 goto pc+3",
                "if w1 s> 0xffffffff goto pc-3",
                "if r1 & r2 goto pc+0",
                "goto pc-1",
                "gotol pc+100000",
                "call #1",
                "call pc+4",
                "call kfunc#77",
                "call kfunc[2]#77",
                "exit"
            })
    void printsAsTheVerifierDoes(String text) throws InsnSyntaxException {
        assertThat(PRINTER.print(InsnParser.parse(text))).isEqualTo(text);
    }

    @Test
    void printsHelperNamesOfTheCallerAndIgnoresThemWhenParsing() throws InsnSyntaxException {
        InsnPrinter named = new InsnPrinter(id -> id == 1 ? Optional.of("bpf_map_lookup_elem") : Optional.empty());
        assertThat(named.print(new Insn.CallHelper(1))).isEqualTo("call bpf_map_lookup_elem#1");
        assertThat(named.print(new Insn.CallHelper(2))).isEqualTo("call #2");
        assertThat(InsnParser.parse("call bpf_map_lookup_elem#1")).isEqualTo(new Insn.CallHelper(1));
    }

    @Test
    void programSkipsSourceLinesAndChecksSlots() throws InsnSyntaxException {
        String log = """
                ; default deny
                0: (18) r1 = 0x5
                2: (b7) r0 = 1

                exit
                """;
        assertThat(InsnParser.program(log)).hasSize(3);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '~', textBlock = """
            r11 = 1                        ~ 1:1: expected a register `r0` to `r10`
            r10 = 1                        ~ 1:1: r10 is read-only
            r10 += 1                       ~ 1:1: r10 is read-only
            x                              ~ 1:1: expected an instruction
            r1 <> 5                        ~ 1:4: expected an assignment operator
            r1 = 3000000000                ~ 1:6: `3000000000` is not within -2147483648..2147483647
            r1 = 99999999999999999999      ~ 1:6: `99999999999999999999` is not within -2147483648..2147483647
            r1 = 0x11223344556677889       ~ 1:6: `0x11223344556677889` has more than 64 bits
            r1 = 0xfg                      ~ 1:6: expected a hexadecimal number
            w1 = 0x5                       ~ 1:6: expected a number
            w1 = (s32)w2                   ~ 1:7: expected a signed type narrower than 32 bits
            r1 = *(u24 *)(r2 +0)           ~ 1:8: expected the type of a memory access, such as `u32`
            r1 = *(s64 *)(r2 +0)           ~ 1:8: expected the type of a memory access, such as `u32`
            r1 = *(u32 *)(r2 +40000)       ~ 1:18: `+40000` is not within -32768..32767
            r1 = *(u8 *)skb[0]             ~ 1:1: a packet load writes r0
            r0 = *(u64 *)skb[0]            ~ 1:8: expected `u8`, `u16` or `u32`
            lock *(u8 *)(r1 +0) += r2      ~ 1:8: expected `u32` or `u64`
            lock *(u32 *)(r1 +0) -= r2     ~ 1:22: expected `+=`, `|=`, `&=` or `^=`
            r2 = atomic_xchg((u64 *)(r1 +0), r2)       ~ 1:18: expected `(u32 *)`
            r2 = atomic_fetch_add((u32 *)(r1 +0), r3)  ~ 1:39: the old value comes back in the operand
            r2 = atomic_nand((u32 *)(r1 +0), r3)       ~ 1:6: no atomic operation `atomic_nand`
            r1 = be16 r2                   ~ 1:11: expected the register 1 again
            r1 = be24 r1                   ~ 1:6: expected a value
            if r1 = 5 goto pc+1            ~ 1:7: expected a comparison
            if r1 == 5 goto pc+40000       ~ 1:19: `+40000` is not within -32768..32767
            goto +1                        ~ 1:6: expected `pc`
            call bpf_map_lookup_elem       ~ 1:6: expected `pc`, or a function's name and its number after `#`
            exit now                       ~ 1:6: the instruction ends before this
            """)
    void namesLineAndColumn(String text, String message) {
        assertThatThrownBy(() -> InsnParser.parse(text))
                .isInstanceOf(InsnSyntaxException.class)
                .hasMessage(message);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', textBlock = """
            'exit\n5: exit'      | 2:1: this is slot 1
            'exit\n\n(b7) exit'  | 3:2: the opcode is `95`
            """)
    void programErrorsNameTheLine(String text, String message) {
        assertThatThrownBy(() -> InsnParser.program(text.replace("\\n", "\n"))).hasMessage(message);
    }

    @Test
    void corruptedTextParsesOrThrowsInsnSyntaxException() {
        Random random = new Random(11);
        List<Insn> all = InsnSamples.all();
        String signs = "rws0123456789+-*/|&%^<>=!()[]#, x";
        int refused = 0;
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder(PRINTER.print(all.get(random.nextInt(all.size()))));
            char sign = signs.charAt(random.nextInt(signs.length()));
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.setCharAt(at, sign);
                case 1 -> text.deleteCharAt(at);
                default -> text.insert(at, sign);
            }
            refused += refuses(text.toString()) ? 1 : 0;
        }
        assertThat(refused).isBetween(10_000, 50_000);
    }

    private static boolean refuses(String text) {
        try {
            Insn insn = InsnParser.parse(text);
            String printed = PRINTER.print(insn);
            assertThat(InsnParser.parse(printed)).isEqualTo(insn);
            return false;
        } catch (InsnSyntaxException expected) {
            assertThat(expected.column()).as(text).isBetween(1, text.length() + 1);
            return true;
        }
    }
}
