// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.run;
import static org.ringwall.machine.Runs.trap;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * A test with one program for each reason of the verifier; all other instructions of each are
 * valid.
 */
class TrapTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r0 = r2; exit                                        @ 0 @ r2 !read_ok",
                "exit                                                 @ 0 @ r0 !read_ok",
                "r1 += 4; r0 = *(u32 *)(r1 +0); r0 = 1; exit          @ 1 @ dereference of modified ctx ptr, off=4",
                "r2 = r10; r2 *= 2; r0 = 1; exit                      @ 1 @ pointer arithmetic with *= prohibited",
                "r2 = r10; w2 += 4; r0 = 1; exit                      @ 1 @ pointer arithmetic with += prohibited",
                "r2 = r10; r2 -= r10; r0 = 1; exit                    @ 1 @ pointer arithmetic with -= prohibited",
                "r2 = r10; r3 = 0x7fffffffffffffff; r2 += r3; exit    @ 3 @ math between stack and",
                "r2 = r10; r2 = -r2; exit                             @ 1 @ r2 leaks address of stack",
                "w2 = w10; r0 = 1; exit                               @ 0 @ partial copy of pointer stack",
                "r2 = 8; r0 = *(u64 *)(r2 +0); exit                   @ 1 @ invalid mem access 'scalar'",
                "if r1 == 0x0 goto pc+0; r0 = 1; exit                 @ 0 @ pointer comparison prohibited",
                "if r10 > r1 goto pc+0; r0 = 1; exit                  @ 0 @ pointer comparison prohibited",
                "r0 = r10; exit                                       @ 1 @ r0 leaks address of stack",
                "r0 = *(u64 *)(r10 -8); exit                          @ 0 @ invalid read from stack off=-8 size=8: not init",
                "*(u32 *)(r10 -8) = 0; r0 = *(u64 *)(r10 -8); exit    @ 1 @ invalid read from stack",
                "*(u64 *)(r10 -520) = 0; r0 = 1; exit                 @ 0 @ invalid access to stack, off=-520 size=8",
                "*(u64 *)(r10 +0) = 0; r0 = 1; exit                   @ 0 @ invalid access to stack, off=0 size=8",
                "*(u32 *)(r10 -2) = 0; r0 = 1; exit                   @ 0 @ invalid access to stack, off=-2 size=4",
                "*(u32 *)(r10 -6) = 0; r0 = 1; exit                   @ 0 @ misaligned access to stack, off=-6 size=4",
                "*(u64 *)(r10 -8) = r1; r0 = *(u32 *)(r10 -8); exit   @ 1 @ partial load of a spilled pointer",
                "*(u32 *)(r10 -8) = r1; r0 = 1; exit                  @ 0 @ partial store of a pointer",
                "*(u64 *)(r10 -8) = r1; *(u8 *)(r10 -8) = 0; r0 = *(u16 *)(r10 -6); exit @ 2 @ not initialised",
                "lock *(u64 *)(r10 -8) += r1; r0 = 1; exit            @ 0 @ r1 leaks address of ctx",
                "r2 = 1; lock *(u64 *)(r10 -8) += r2; exit            @ 1 @ invalid read from stack",
                "r2 = 1; lock *(u32 *)(r1 +4) += r2; exit             @ 1 @ BPF_ATOMIC stores into ctx is not allowed",
                "r0 = *(u32 *)(r1 +12); exit                          @ 0 @ invalid bpf_context access off=12 size=4",
                "r0 = 2; exit                                         @ 1 @ value 2 should have been in 0..1",
                "r0 = -1; exit                                        @ 1 @ value -1 should have been in 0..1",
                "r0 = 0x100000001; exit                               @ 2 @ value 4294967297 should have been in 0..1",
                "call #101; r0 = 1; exit                              @ 0 @ cannot use helper #101 at device on 6.12",
                "call #4096; r0 = 1; exit                             @ 0 @ cannot use helper #4096",
                "call #6; r0 = 1; exit                                @ 0 @ helper trace_printk is not modelled",
                "r0 = 1; call #15; r0 = r1; exit                      @ 2 @ r1 !read_ok",
                "r0 = 1; r0 <<= 64; exit                              @ 1 @ invalid shift 64",
                "r0 = 1; w0 >>= 32; exit                              @ 1 @ invalid shift 32",
                "r0 = 1; r0 s>>= -1; exit                             @ 1 @ invalid shift -1",
                "r0 = 1; r0 /= 0; exit                                @ 1 @ div by zero",
                "r0 = 1; goto pc+1; exit                              @ 1 @ no instruction at slot 3",
                "r0 = 1; goto pc-3; exit                              @ 1 @ no instruction at slot -1",
                "r0 = 1; if r0 == 0x1 goto pc+1; r2 = 0x1; exit       @ 1 @ no instruction at slot 3",
                "r0 = 1                                               @ 0 @ no instruction at slot 1",
                "goto pc-1                                            @ 0 @ more than 1000000 instructions",
                "call pc-1; exit                                      @ 0 @ the call stack of 8 frames is too deep",
                "call pc+1; exit; r0 = r10; exit                      @ 3 @ cannot return stack pointer",
                "r0 = 1; call kfunc#7; exit                           @ 1 @ no name stands behind this call of the kernel",
                "r0 = *(u8 *)skb[0]; exit                             @ 0 @ packet loads are not modelled",
                "r2 = map[fd:3]; r0 = 1; exit                         @ 0 @ no symbol stands behind this address"
            })
    void refuses(String program, int slot, String message) {
        Outcome.Trap trap = trap(run(Hook.DEVICE, NEWEST, program.split(";")));
        assertThat(trap.message()).contains(message);
        assertThat(trap.slot()).isEqualTo(slot);
    }

    @Test
    void showsTheInstructionAsTheVerifierDoes() {
        Outcome.Trap trap = trap(run(Hook.DEVICE, NEWEST, "r6 = 0x1", "call #101", "exit"));
        assertThat(trap.instruction()).isEqualTo("2: (85) call sysctl_get_name#101");
        assertThat(trap.executed()).isEqualTo(2);
        assertThat(trap).hasToString(trap.message() + " at 2: (85) call sysctl_get_name#101");
    }

    @Test
    void refusesAnEmptyProgram() {
        assertThat(trap(Machine.run(List.of(), Hook.DEVICE, Context.zero(Hook.DEVICE.context()), NEWEST))
                        .message())
                .isEqualTo("no instruction at slot 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r0 = *(u64 *)(r6 +8)             @ invalid access to .rodata, off=8 size=8",
                "r0 = *(u32 *)(r6 -4)             @ invalid access to .rodata, off=-4 size=4",
                "r0 = *(u32 *)(r6 +2)             @ misaligned access to .rodata, off=2 size=4",
                "*(u32 *)(r6 +0) = 1              @ write into .rodata forbidden",
                "*(u64 *)(r7 +0) = r10            @ leaks address of stack into .data",
                "r0 = *(u8 *)(r8 +0)              @ set is not readable memory",
                "*(u8 *)(r8 +0) = 1               @ set is not writable memory",
                "r8 += 4                          @ pointer arithmetic on set prohibited"
            })
    void refusesAccessesOutsideOfMaps(String access, String message) {
        List<Insn> insns = code("r6 = 0x0", "r7 = 0x0", "r8 = 0x0", access, "r0 = 1", "exit");
        LoadedProgram program = new LoadedProgram(
                insns,
                Map.of(0, new Address(".rodata", 0), 2, new Address(".data", 0), 4, new Address("set", 0)),
                Map.of(
                        ".rodata", new Segment(".rodata", true, new byte[12]),
                        ".data", new Segment(".data", false, new byte[8]),
                        "set", MapSymbol.of(Runs.set(new byte[4], new byte[8]))));
        Outcome outcome = Machine.run(program, Hook.DEVICE, Context.zero(Hook.DEVICE.context()), NEWEST);
        assertThat(trap(outcome).message()).contains(message);
        assertThat(trap(outcome).slot()).isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r0 = *(u64 *)(r0 +0)                       @ invalid mem access 'map_value_or_null'",
                "r0 += 8                                    @ pointer arithmetic on set value prohibited",
                "if r0 > 0x0 goto pc+0                      @ pointer comparison prohibited",
                "if r0 != 0x0 goto pc+0; r0 = *(u64 *)(r0 +8) @ invalid access to set value, off=8 size=8"
            })
    void refusesLookupsWithoutANullCheck(String use, String message) {
        String text = "r1 = 0x0; *(u32 *)(r10 -4) = 7; r2 = r10; r2 += -4; call #1; " + use + "; r0 = 1; exit";
        byte[] key = {7, 0, 0, 0};
        LoadedProgram program = new LoadedProgram(
                code(text.split(";")),
                Map.of(0, new Address("set", 0)),
                Map.of("set", MapSymbol.of(Runs.set(key, new byte[8]))));
        Outcome outcome = Machine.run(program, Hook.DEVICE, Context.zero(Hook.DEVICE.context()), NEWEST);
        assertThat(trap(outcome).message()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r0 = 1; gotol pc+0; exit",
                "r0 = 1; r0 s/= 1; exit",
                "r1 = 1; r0 = (s8)r1; exit",
                "r0 = 1; r0 = bswap16 r0; r0 = 1; exit",
                "*(u8 *)(r10 -1) = 1; r0 = *(s8 *)(r10 -1); exit",
                "*(u64 *)(r10 -8) = 1; r0 = 1; r0 = atomic64_fetch_add((u64 *)(r10 -8), r0); exit"
            })
    void refusesInstructionsThatAnOldKernelLacks(String program) {
        assertThat(run(Hook.DEVICE, NEWEST, program.split(";"))).isInstanceOf(Outcome.Returned.class);
        Outcome old = run(Hook.DEVICE, Environment.of(KernelVersion.V5_10), program.split(";"));
        assertThat(trap(old).message()).isEqualTo("unknown to kernel 5.10");
    }

    @ParameterizedTest
    @CsvSource({"bind4, 5.10, 1", "bind4, 6.1, 3", "connect4, 6.12, 1"})
    void refusesReturnValuesThatTheKernelRefuses(String word, String kernel, int max) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        Environment environment = Environment.of(KernelVersion.parse(kernel).orElseThrow());
        assertThat(run(hook, environment, "r0 = " + max, "exit")).isInstanceOf(Outcome.Returned.class);
        assertThat(run(hook, environment, "r0 = " + (max + 1), "exit")).isInstanceOf(Outcome.Trap.class);
    }
}
