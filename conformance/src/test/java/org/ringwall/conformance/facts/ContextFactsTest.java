// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.testkit.KernelFacts;
import org.ringwall.testkit.KernelFacts.Access;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/**
 * A test of {@link Hook}'s tables of contexts and return values against the running kernel's
 * verifier. It covers the whole grid of {@code testdata/kernel}: every offset, width and operation
 * at every hook ({@code is_valid_access} of the program types), and the return values
 * ({@code check_return_code} in kernel/bpf/verifier.c). The expected answers depend on the running
 * release.
 */
@KernelTest
class ContextFactsTest {
    private static final KernelVersion KERNEL = Verifier.kernel();

    private static final int ACCESSES = 56_700;

    @ParameterizedTest
    @EnumSource
    void theVerifierAcceptsExactlyTheAccessesInTheTable(Hook hook) {
        List<String> differing = new ArrayList<>();
        try (Verifier verifier = new Verifier()) {
            List<Access> rows = rows(hook);
            for (int i = 0; i < rows.size(); i++) {
                Access access = rows.get(i);
                boolean table = table(hook, access);
                if (!isTried(i + hook.ordinal(), table)) {
                    continue;
                }
                boolean kernel = verifier.accepts(hook, program(access));
                if (table != kernel) {
                    differing.add("%s: table %s, kernel %s".formatted(access, table, kernel));
                }
            }
        }
        assertThat(differing).isEmpty();
    }

    @Test
    void theHooksTogetherCoverAllAccesses() {
        int rows = 0;
        for (Hook hook : Hook.values()) {
            rows += rows(hook).size();
        }
        assertThat(rows).isEqualTo(ACCESSES);
    }

    @ParameterizedTest
    @EnumSource
    void theVerifierAcceptsExactlyTheReturnValuesInTheTable(Hook hook) {
        List<String> differing = new ArrayList<>();
        boolean exists = KERNEL.atLeast(hook.since());
        try (Verifier verifier = new Verifier()) {
            for (int value : KernelFacts.values()) {
                boolean ours = exists && hook.returns(KERNEL).contains(value);
                Insn set = new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(value));
                boolean theirs = verifier.accepts(hook, List.of(set, new Insn.Exit()));
                if (ours != theirs) {
                    differing.add(hook + " returns " + value + ": table " + ours + ", kernel " + theirs);
                }
            }
            // The verifier does not know the value of a helper's result.
            List<Insn> unknown = List.of(new Insn.CallHelper(Helper.KTIME_GET_NS.id()), new Insn.Exit());
            if (verifier.accepts(hook, unknown)) {
                differing.add(hook + " returns an unknown number");
            }
        }
        assertThat(differing).isEmpty();
    }

    private static List<Access> rows(Hook hook) {
        Predicate<Access> here = access -> access.hook().equals(hook.word());
        return KernelFacts.grid().stream().filter(here).toList();
    }

    private static boolean table(Hook hook, Access access) {
        int offset = access.offset();
        Width width = Width.ofBytes(access.bytes());
        return switch (access.operation()) {
            case "read" -> hook.mayRead(offset, width, KERNEL);
            case "read-signed" -> hook.mayReadSigned(offset, width, KERNEL);
            case "write", "write-then-read" -> hook.mayWrite(offset, width, KERNEL);
            case "write-immediate" -> hook.mayWriteImmediate(offset, width, KERNEL);
            case "atomic-add" -> false;
            default -> throw new IllegalStateException(access.operation());
        };
    }

    /**
     * Returns whether a row is tried: all accepted ones, and of the rejected ones a share
     * ({@link Step}).
     */
    private static boolean isTried(int row, boolean accepted) {
        return accepted || row % Step.SIZE == 0;
    }

    private static List<Insn> program(Access access) {
        Width width = Width.ofBytes(access.bytes());
        short offset = (short) access.offset();
        Insn zero = new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(0));
        Insn load = new Insn.Load(width, false, Reg.R2, Reg.R1, offset);
        Insn store = new Insn.Store(width, Reg.R1, offset, Operand.of(Reg.R2));
        return switch (access.operation()) {
            case "read" -> Verifier.thenAllow(load);
            case "read-signed" -> Verifier.thenAllow(new Insn.Load(width, true, Reg.R2, Reg.R1, offset));
            case "write" -> Verifier.thenAllow(zero, store);
            case "write-immediate" -> Verifier.thenAllow(new Insn.Store(width, Reg.R1, offset, Operand.of(0)));
            case "write-then-read" -> Verifier.thenAllow(zero, store, load);
            case "atomic-add" ->
                Verifier.thenAllow(zero, new Insn.Atomic(Insn.AtomicOp.ADD, false, width, Reg.R1, offset, Reg.R2));
            default -> throw new IllegalStateException(access.operation());
        };
    }
}
