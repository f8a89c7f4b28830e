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
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.insn.TinyObject;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * The verifier's word on code that the checker likes and on code that it does not. One instruction between bars.
 * Subprograms are left out, because libbpf loads them only with relocations.
 */
class CheckerAgainstKernelTest {
    @TempDir
    Path dir;

    private static List<Insn> program(String code) throws InsnSyntaxException {
        return InsnParser.program(code.replace('|', '\n'));
    }

    /** The log of loading this as a socket filter, the type that demands least of a program. */
    private String load(List<Insn> insns) throws IOException, InterruptedException {
        Path object = dir.resolve("case.o");
        Files.write(object, TinyObject.of("socket", insns, ByteOrder.nativeOrder()));
        Path pin = Path.of(
                "/sys/fs/bpf/ringwall-checker-" + ProcessHandle.current().pid());
        try {
            Process process = new ProcessBuilder("bpftool", "-d", "prog", "load", object.toString(), pin.toString())
                    .redirectErrorStream(true)
                    .start();
            String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor() == 0).as(log).isEqualTo(Files.exists(pin));
            return Files.exists(pin) ? "loaded" : log;
        } finally {
            Files.deleteIfExists(pin);
        }
    }

    @KernelTest
    @ToolTest("bpftool")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "r0 = 1 | exit",
                "r6 = r1 | r2 = *(u32 *)(r6 +4) | r0 = r2 | exit",
                "*(u64 *)(r10 -8) = 0 | r0 = *(u32 *)(r10 -4) | exit",
                "r2 = r10 | r2 += -8 | r3 = 7 | *(u64 *)(r2 +0) = r3 | r0 = *(u64 *)(r10 -8) | exit",
                "r2 = 0 | r2 += 1 | if r2 < 0xa goto pc-2 | r0 = 0 | exit",
                "r1 += 4 | r1 += -4 | r0 = *(u32 *)(r1 +0) | exit",
                "*(u64 *)(r10 -8) = r1 | r6 = *(u64 *)(r10 -8) | r0 = *(u32 *)(r6 +0) | exit",
                "r6 = r1 | r0 = *(u32 *)skb[12] | exit",
                "r0 = 1 | r0 <<= 63 | r0 /= 1 | exit",
                "*(u64 *)(r10 -512) = 0 | r0 = 0 | exit"
            })
    void whatTheCheckerLikesLoads(String code) throws IOException, InterruptedException, InsnSyntaxException {
        assertThat(InsnChecker.check(program(code))).isEmpty();
        assertThat(load(program(code))).isEqualTo("loaded");
    }

    @KernelTest
    @ToolTest("bpftool")
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            r0 = 0 | if r0 == 0x0 goto pc+1 | exit                        ; JUMP_TARGET       ; jump out of range
            r0 = 0 | gotol pc+1000                                        ; JUMP_TARGET       ; jump out of range
            r0 = 0 | if r1 == 0x0 goto pc+1 | r0 = 0x5 | exit             ; JUMP_TARGET       ; jump into the middle of ldimm64
            r0 = 0                                                        ; FALLS_OFF         ; last insn is not an exit or jmp
            r0 = 0 | goto pc+1 | r0 = 1 | exit                            ; UNREACHABLE       ; unreachable insn 2
            exit                                                          ; UNSET_REGISTER    ; R0 !read_ok
            r0 = r2 | exit                                                ; UNSET_REGISTER    ; R2 !read_ok
            r2 = *(u32 *)(r1 +0) | if r2 == 0x0 goto pc+1 | r0 = 1 | exit ; UNSET_REGISTER    ; R0 !read_ok
            call #5 | r0 = r1 | exit                                      ; UNSET_REGISTER    ; R1 !read_ok
            r0 = *(u8 *)skb[0] | exit                                     ; UNSET_REGISTER    ; R6 !read_ok
            *(u64 *)(r10 +0) = 0 | r0 = 0 | exit                          ; OUT_OF_FRAME      ; invalid write to stack
            r2 = r10 | r2 += -512 | *(u8 *)(r2 -1) = 0 | r0 = 0 | exit    ; OUT_OF_FRAME      ; invalid write to stack
            r0 = 1 | r0 <<= 64 | exit                                     ; SHIFT_WIDTH       ; invalid shift 64
            w0 = 1 | w0 s>>= 32 | exit                                    ; SHIFT_WIDTH       ; invalid shift 32
            r0 = 1 | r0 /= 0 | exit                                       ; DIVISION_BY_ZERO  ; div by zero
            r0 = 1 | r0 s%= 0 | exit                                      ; DIVISION_BY_ZERO  ; div by zero
            r1 += 4 | r0 = *(u32 *)(r1 +0) | exit                         ; MODIFIED_CONTEXT  ; dereference of modified ctx ptr
            r2 = 4 | r2 += r1 | r0 = *(u32 *)(r2 +0) | exit               ; MODIFIED_CONTEXT  ; dereference of modified ctx ptr
            """)
    void whatTheCheckerFindsTheKernelRefusesForThatReason(String code, Finding.Kind kind, String reason)
            throws IOException, InterruptedException, InsnSyntaxException {
        assertThat(InsnChecker.check(program(code))).extracting(Finding::kind).contains(kind);
        assertThat(load(program(code))).contains(reason);
    }
}
