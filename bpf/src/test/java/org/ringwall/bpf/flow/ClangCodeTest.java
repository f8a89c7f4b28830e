// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.testkit.ToolTest;

/**
 * A test that code compiled by clang decodes, parses back from its text, and has a valid structure.
 */
class ClangCodeTest {
    private static final String SOURCE = """
            typedef unsigned int u32; typedef unsigned long long u64;
            static u64 (*now)(void) = (void *)5;
            static long (*comm)(void *, u32) = (void *)16;
            struct ctx { u32 len; u32 type; u32 mark; u32 queue; };
            __attribute__((section("socket"))) int program(struct ctx *c)
            {
                char name[16];
                volatile u64 hist[8] = {};
                u64 sum = 0;
                comm(name, sizeof name);
                for (int i = 0; i < 8; i++) {
                    hist[i] += c->len >> i;
                    __sync_fetch_and_add(&hist[i], (u64)name[i]);
                }
            #pragma clang loop unroll(disable)
                for (u32 i = 0; i < c->mark % 100; i++)
                    sum += hist[i & 7] / (i + 1);
                switch (c->type) {
                case 0: sum += now(); break;
                case 1: sum = __builtin_bswap32(c->queue); break;
                case 7: sum -= (int)c->len < 0 ? 3 : (short)c->mark; break;
                default: if (sum & 0x8000000000ULL) return 0;
                }
                return (sum ^ sum >> 32) & 1;
            }
            """;

    @TempDir
    Path dir;

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    @ToolTest({"clang-19", "llvm-objcopy-19"})
    @ParameterizedTest
    @CsvSource({"V1, bpfel", "V2, bpfel", "V3, bpfel", "V4, bpfel", "V4, bpfeb"})
    void clangCodeRoundTripsWithoutStructuralFindings(Cpu cpu, String target) throws Exception {
        Path source = dir.resolve("code.c");
        Path object = dir.resolve("code.o");
        Path code = dir.resolve("code.bin");
        Files.writeString(source, SOURCE);
        String level = "-mcpu=v" + (cpu.ordinal() + 1);
        run("clang-19", "-target", target, level, "-O2", "-c", source.toString(), "-o", object.toString());
        run("llvm-objcopy-19", "-O", "binary", "--only-section=socket", object.toString(), code.toString());
        ByteOrder order = target.equals("bpfel") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;

        byte[] bytes = Files.readAllBytes(code);
        List<Insn> insns = InsnCodec.decode(bytes, order);

        assertThat(insns).hasSizeGreaterThan(60).allMatch(cpu::has);
        assertThat(InsnCodec.encode(insns, order)).isEqualTo(bytes);
        assertThat(InsnParser.program(InsnPrinter.plain().listing(insns))).isEqualTo(insns);
        assertThat(StructureCheck.check(insns)).isEmpty();
    }
}
