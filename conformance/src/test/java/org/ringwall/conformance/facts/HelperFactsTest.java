// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.testkit.KernelTest;

/**
 * A test of {@link Helper}'s table of hooks against the verifier: the `func_proto` of the program
 * types.
 */
@KernelTest
class HelperFactsTest {
    /** A little more than `__BPF_FUNC_MAX_ID` of the newest kernel in the table. */
    private static final int LAST = 220;

    private static final int NAME_SIZE = 64;

    private final KernelVersion kernel = Verifier.kernel();

    /**
     * Loads a bare call: the verifier looks the helper up before it checks arguments
     * ({@code check_helper_call}).
     */
    @ParameterizedTest
    @EnumSource
    void aHookHasExactlyTheHelpersOfTheTable(Hook hook) {
        List<String> differing = new ArrayList<>();
        try (Verifier verifier = new Verifier()) {
            if (!kernel.atLeast(hook.since())) {
                assertThat(verifier.verdict(hook, Verifier.thenAllow())).contains("EINVAL");
                return;
            }
            for (int id = 1; id <= LAST; id++) {
                Optional<Helper> helper = Helper.of(id);
                boolean ours =
                        helper.filter(known -> known.availableAt(hook, kernel)).isPresent();
                String verdict = verifier.verdict(hook, Verifier.thenAllow(new Insn.CallHelper(id)));
                if (ours == missing(verdict)) {
                    String name = helper.map(Helper::kernelName).orElse("not in the table");
                    differing.add("%s helper %d (%s): table %s, kernel: %s".formatted(hook, id, name, ours, verdict));
                }
            }
        }
        assertThat(differing).isEmpty();
    }

    /** Loads calls of the helpers that compiled policies use, with the same arguments. */
    @ParameterizedTest
    @EnumSource(names = {"GET_CURRENT_UID_GID", "GET_RETVAL", "SET_RETVAL", "SYSCTL_GET_NAME"})
    void helperCallsLoadExactlyAtTheHooksInTheTable(Helper helper) {
        try (Verifier verifier = new Verifier()) {
            for (Hook hook : Hook.values()) {
                assertThat(verifier.accepts(hook, call(helper)))
                        .as(helper + " at " + hook)
                        .isEqualTo(helper.availableAt(hook, kernel));
            }
        }
    }

    private static boolean missing(String verdict) {
        return verdict.contains("cannot use helper")
                || verdict.contains("unknown func")
                || verdict.contains("invalid func");
    }

    private static List<Insn> call(Helper helper) {
        List<Insn> arguments = new ArrayList<>();
        if (helper == Helper.SET_RETVAL) {
            arguments.add(new Insn.Mov(Width.DW, Width.DW, Reg.R1, Operand.of(-13)));
        } else if (helper == Helper.SYSCTL_GET_NAME) {
            for (int off = -NAME_SIZE; off < 0; off += Width.DW.bytes()) {
                arguments.add(new Insn.Store(Width.DW, Reg.R10, (short) off, Operand.of(0)));
            }
            arguments.add(new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(Reg.R10)));
            arguments.add(new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R2, Operand.of(-NAME_SIZE)));
            arguments.add(new Insn.Mov(Width.DW, Width.DW, Reg.R3, Operand.of(NAME_SIZE)));
            arguments.add(new Insn.Mov(Width.DW, Width.DW, Reg.R4, Operand.of(0)));
        }
        arguments.add(new Insn.CallHelper(helper.id()));
        return Verifier.thenAllow(arguments.toArray(Insn[]::new));
    }
}
