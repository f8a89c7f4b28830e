// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/** A test that accesses to the context trap exactly where the kernel's verifier rejects them. */
class ContextAccessTest {
    private static boolean runs(Hook hook, KernelVersion kernel, Insn access) {
        List<Insn> program = List.of(
                new Insn.Mov(Width.DW, Width.DW, Reg.R3, Operand.of(0)),
                access,
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                new Insn.Exit());
        Outcome outcome = Machine.run(program, hook, Context.zero(hook.context()), Environment.of(kernel));
        if (outcome instanceof Outcome.Trap trap) {
            assertThat(trap.slot()).isEqualTo(1);
        }
        return outcome instanceof Outcome.Returned;
    }

    @ParameterizedTest
    @EnumSource
    void loadsExactlyWhatTheVerifierReads(Hook hook) {
        for (KernelVersion kernel : KernelVersion.TARGETS) {
            for (int offset = -8; offset < hook.context().size() + 8; offset++) {
                for (Width width : Width.values()) {
                    Insn load = new Insn.Load(width, false, Reg.R2, Reg.R1, (short) offset);
                    boolean known = kernel.atLeast(hook.since());
                    boolean exits = known && hook.mayRead(offset, width, kernel);
                    assertThat(runs(hook, kernel, load))
                            .as("%s %s %d %s", hook, kernel, offset, width)
                            .isEqualTo(exits);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void storesExactlyWhatTheVerifierWrites(Hook hook) {
        KernelVersion kernel = KernelVersion.V6_12;
        for (int offset = -8; offset < hook.context().size() + 8; offset++) {
            for (Width width : Width.values()) {
                Insn store = new Insn.Store(width, Reg.R1, (short) offset, Operand.of(Reg.R3));
                assertThat(runs(hook, kernel, store))
                        .as("%s %d %s", hook, offset, width)
                        .isEqualTo(hook.mayWrite(offset, width));
            }
        }
    }

    @Test
    void signExtendsAndStoresImmediatesOnNewKernelsOnly() {
        Insn load = new Insn.Load(Width.W, true, Reg.R2, Reg.R1, (short) 24);
        Insn store = new Insn.Store(Width.W, Reg.R1, (short) 24, Operand.of(0));
        assertThat(runs(Hook.CONNECT4, KernelVersion.V6_12, load)).isTrue();
        assertThat(runs(Hook.CONNECT4, KernelVersion.V6_12, store)).isTrue();
        assertThat(runs(Hook.CONNECT4, KernelVersion.V6_1, load)).isFalse();
        assertThat(runs(Hook.CONNECT4, KernelVersion.V6_1, store)).isFalse();
    }
}
