// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.verifier.Rewriting;
import org.ringwall.testkit.KernelTest;

/**
 * A test that the kernel rewrites each context access as no more slots than {@link Rewriting}
 * assumes for jumps over it.
 */
@KernelTest
class RewritesKernelTest {
    private static final int TIMES = 8;

    @ParameterizedTest
    @EnumSource(Hook.class)
    void rewrittenAccessesTakeAtMostThePredictedSlots(Hook hook) {
        try (Verifier kernel = new Verifier()) {
            if (!kernel.knows(hook)) {
                return;
            }
            int compared = 0;
            for (Insn access : accesses(hook)) {
                int more = kernel.rewritten(hook, program(access, TIMES)) - kernel.rewritten(hook, program(access, 0));
                assertThat(more)
                        .as("%s: %s, %d times", hook, access, TIMES)
                        .isBetween(TIMES, TIMES * Rewriting.ofAccess(hook, access));
                compared++;
            }
            assertThat(compared).isPositive();
        }
    }

    /** Returns every access that the hook permits on this kernel. */
    private static List<Insn> accesses(Hook hook) {
        KernelVersion kernel = Verifier.kernel();
        List<Insn> accesses = new ArrayList<>();
        for (Width width : Width.values()) {
            for (ContextField field : hook.readable()) {
                for (int at = field.offset(); at < field.end() && kernel.atLeast(field.since()); at++) {
                    if (field.admitsRead(at, width)) {
                        accesses.add(new Insn.Load(width, false, Reg.R2, Reg.R6, (short) at));
                        accesses.add(new Insn.Load(width, false, Reg.R6, Reg.R6, (short) at));
                    }
                }
            }
            for (ContextField field : hook.writable()) {
                if (kernel.atLeast(field.since()) && field.admitsWrite(field.offset(), width)) {
                    accesses.add(new Insn.Store(width, Reg.R6, (short) field.offset(), Operand.of(Reg.R7)));
                }
            }
        }
        return accesses;
    }

    /**
     * Returns a program with `times` copies of the access. If the access overwrites the context
     * register, a copy restores it first; the number of those copies does not depend on `times`.
     */
    private static List<Insn> program(Insn access, int times) {
        List<Insn> insns = new ArrayList<>(List.of(
                copy(Reg.R8, Reg.R1), copy(Reg.R6, Reg.R1), new Insn.Mov(Width.DW, Width.DW, Reg.R7, Operand.of(0))));
        boolean again = access instanceof Insn.Load load && load.dst() == Reg.R6;
        Collections.nCopies(times, again ? List.of(copy(Reg.R6, Reg.R8), access) : List.of(access))
                .forEach(insns::addAll);
        List<Insn> copies = Collections.nCopies(again ? TIMES - times : 0, copy(Reg.R6, Reg.R8));
        insns.addAll(copies);
        return Verifier.thenAllow(insns.toArray(Insn[]::new));
    }

    private static Insn copy(Reg dst, Reg src) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(src));
    }
}
