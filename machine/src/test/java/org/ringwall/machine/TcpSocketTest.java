// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.machine.Runs.trap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.PrivateField;

/** A test of `bpf_skc_to_tcp_sock`, and of accesses through what it returns. */
class TcpSocketTest {
    private static final TcpSocket SOCKET = new TcpSocket(0x8000_0000_0000_0002L, 0xffff_fffeL);

    /** `r0 = bpf_skc_to_tcp_sock(ctx->sk)`. */
    private static final String CAST =
            "r1 = *(u64 *)(r1 +184); if r1 != 0x0 goto pc+2; r0 = 0; exit; call #137; if r0 != 0x0 goto pc+2; r0 = 0; exit; ";

    private static Outcome run(String text) {
        Context event = Context.zero(Hook.SOCK_OPS.context()).with("is_fullsock", 1);
        Environment kernel = Environment.of(KernelVersion.V5_10).with(SOCKET);
        return Machine.run(Runs.code(text.split(";")), Hook.SOCK_OPS, event, kernel);
    }

    /** Returns whether the field at this offset has the value in r3. */
    private static long equal(String value, String field, PrivateField at) {
        String code = CAST + value + "r0 += " + at.offset() + "; r2 = *(" + field + " *)(r0 +0); r0 = 1; "
                + "if r2 == r3 goto pc+1; r0 = 0; exit";
        return Runs.returned(run(code)).r0();
    }

    @Test
    void readsWholeFieldsWithoutSign() {
        assertThat(equal("r3 = -2; r3 <<= 32; r3 >>= 32; ", "u32", PrivateField.WRITE_SEQ))
                .isEqualTo(1);
        assertThat(equal("r3 = 1; r3 <<= 63; r3 += 2; ", "u64", PrivateField.SOCKET_FLAGS))
                .isEqualTo(1);
        assertThat(equal("r3 = -2; ", "u32", PrivateField.WRITE_SEQ)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"u16, 1576", "u64, 1576", "u32, 1572", "u32, 1578", "u32, 96", "u8, 17"})
    void otherBytesAreOutside(String type, int offset) {
        assertThat(trap(run(CAST + "r0 += " + offset + "; r2 = *(" + type + " *)(r0 +0); r0 = 1; exit"))
                        .toString())
                .contains("tcp_sock");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*(u32 *)(r0 +0) = 1", "r2 = 1; *(u32 *)(r0 +0) = r2"})
    void nothingIsWritten(String store) {
        assertThat(trap(run(CAST + "r0 += 1576; " + store + "; r0 = 1; exit")).toString())
                .contains("only read is supported");
    }

    @ParameterizedTest
    @ValueSource(strings = {"call #137", "r1 = r10; call #137", "r1 = 0; call #137"})
    void onlyASocketIsCast(String code) {
        trap(run(code + "; r0 = 1; exit"));
    }

    @Test
    void theResultMayBeNullUntilItIsTested() {
        trap(run("r1 = *(u64 *)(r1 +184); if r1 != 0x0 goto pc+2; r0 = 0; exit; call #137; r0 += 1576; "
                + "r2 = *(u32 *)(r0 +0); r0 = 1; exit"));
    }

    @Test
    void aSequenceNumberHas32Bits() {
        assertThatThrownBy(() -> new TcpSocket(0, 1L << Integer.SIZE)).isInstanceOf(IllegalArgumentException.class);
    }
}
