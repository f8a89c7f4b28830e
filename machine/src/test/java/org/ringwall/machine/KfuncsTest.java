// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.trap;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.object.Bytes;

/** A test of the kernel functions that replace the path in the address of a Unix socket. */
class KfuncsTest {
    private static final KernelVersion V6_7 = new KernelVersion(6, 7);
    private static final Bytes NAMED = bytes("\1\0/run/old\0");

    private static Bytes bytes(String latin) {
        return Bytes.of(latin.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * `call cast` and `call set` are replaced by calls of the two functions; the path `/new` with
     * its NUL is at r10 - 8.
     */
    private static Outcome run(Environment environment, Hook hook, String text) {
        List<Insn> insns = code(("*(u32 *)(r10 -8) = 0x77656e2f; *(u32 *)(r10 -4) = 0; " + text)
                .replace("call cast", "call kfunc#1")
                .replace("call set", "call kfunc#2")
                .split(";"));
        Map<Integer, String> names = new HashMap<>();
        int slot = 0;
        for (Insn insn : insns) {
            if (insn instanceof Insn.CallKfunc call) {
                Kfunc function = call.btfId() == 1 ? Kfunc.CAST_TO_KERN_CTX : Kfunc.SOCK_ADDR_SET_SUN_PATH;
                names.put(slot, function.kernelName());
            }
            slot += insn.slots();
        }
        LoadedProgram program = new LoadedProgram(insns, Map.of(), Map.of(), names);
        return Machine.run(program, hook, Context.zero(hook.context()), environment);
    }

    private static String setting(int size) {
        return "call cast; r1 = r0; r2 = r10; r2 += -8; r3 = " + size + "; call set; ";
    }

    private static Optional<Bytes> after(Bytes before, String text) {
        Outcome outcome = run(Environment.of(V6_7).naming(before), Hook.RECVMSG_UNIX, text);
        return returned(outcome).address();
    }

    @Test
    void setsThePathAndTheLengthOfTheAddress() {
        assertThat(after(NAMED, setting(5) + "r0 = 1; exit")).contains(bytes("\1\0/new\0"));
        assertThat(after(NAMED, setting(4) + "r0 = 1; exit")).contains(bytes("\1\0/new"));
        assertThat(after(NAMED, "r0 = 1; exit")).contains(NAMED);
    }

    /**
     * Bytes that are not set are those of the kernel's stack: for a sender without a name not even
     * the family is known.
     */
    @Test
    void aSenderWithoutANameHasNoFamily() {
        Bytes after = after(Bytes.EMPTY, setting(5) + "r0 = 1; exit").orElseThrow();
        assertThat(after.size()).isEqualTo(7);
        assertThat(after.at(0)).isNotEqualTo((byte) 1);
    }

    @ParameterizedTest
    @CsvSource({"0, -22", "4, 0", "109, -22"})
    void refusesLengthsThatNoAddressHas(int size, int result) {
        StringBuilder zero = new StringBuilder("r9 = r1; ");
        for (int at = 8; at <= 112; at += 8) {
            zero.append("*(u64 *)(r10 -").append(at).append(") = 0x2f2f2f; ");
        }
        String text = zero + "r1 = r9; call cast; r1 = r0; r2 = r10; r2 += -112; r3 = " + size
                + "; call set; r1 = r0; r0 = 1; if r1 == 0x%x goto pc+1; r0 = 2; exit".formatted(result);
        assertThat(run(Environment.of(V6_7).naming(NAMED), Hook.RECVMSG_UNIX, text))
                .isInstanceOf(Outcome.Returned.class);
    }

    /**
     * Returns 1 in r0 if the address has 11 bytes and its name, read to the stack, is the expected
     * one.
     */
    @Test
    void readsTheNameThroughTheKernelsContext() {
        String text = "call cast; r1 = r0; r1 += 32; r6 = *(u32 *)(r1 +0); r0 += 8; r3 = *(u64 *)(r0 +0); r3 += 3; "
                + "r1 = r10; r1 += -8; r2 = 8; call #113; r1 = *(u32 *)(r10 -8); r2 = 0x2f6e7572; r0 = 2; if r6 != 0xb goto pc+2; if r1 != r2 goto pc+1; "
                + "r0 = 1; exit";
        assertThat(returned(run(Environment.of(V6_7).naming(NAMED), Hook.RECVMSG_UNIX, text))
                        .r0())
                .isEqualTo(1);
    }

    @Test
    void refusesSocketsThatAreNotUnixSockets() {
        String text = setting(4) + "r1 = r0; r0 = 1; if r1 == 0xffffffea goto pc+1; r0 = 2; exit";
        assertThat(run(Environment.of(V6_7), Hook.RECVMSG4, text)).isInstanceOf(Outcome.Returned.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r2 = r10; r2 += -8; r3 = 4; call set; r0 = 1; exit @ must point to it",
                "call cast; r0 = *(u32 *)(r0 +8); r0 = 1; exit @ invalid access to kern_ctx, off=8 size=4",
                "call cast; *(u32 *)(r0 +32) = 0; r0 = 1; exit @ only read is supported",
                "r1 = r10; call cast; r0 = 1; exit @ expected pointer to ctx",
                "call cast; r1 = r0; r2 = r10; r2 += -16; r3 = 4; call set; r0 = 1; exit @ not initialised",
                "call cast; r1 = r0; r2 = 7; r3 = 4; call set; r0 = 1; exit @ invalid memory access",
                "call cast; r0 = r1; r0 = 1; exit @ r1 !read_ok"
            })
    void trapsWhereTheVerifierRefuses(String text, String message) {
        Outcome outcome = run(Environment.of(V6_7).naming(NAMED), Hook.RECVMSG_UNIX, text);
        assertThat(trap(outcome).message()).contains(message);
    }

    @Test
    void isAvailableFromItsKernelVersionOnAndAtItsHooks() {
        String text = setting(4) + "r0 = 1; exit";
        assertThat(trap(run(Environment.of(KernelVersion.V6_1), Hook.CONNECT4, text))
                        .message())
                .contains("bpf_cast_to_kern_ctx is not allowed at connect4 on 6.1");
        assertThat(trap(run(Environment.of(V6_7), Hook.SOCK_CREATE, text)).message())
                .contains("bpf_sock_addr_set_sun_path is not allowed at sock_create on 6.7");
    }
}
