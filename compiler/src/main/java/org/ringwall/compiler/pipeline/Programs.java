// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.emit.MapIndexes;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Diagnostic;

/**
 * The programs for a policy's decisions.
 *
 * @param tooLarge the diagnostics for hooks whose program would be too large
 */
record Programs(PolicyDiagrams diagrams, List<Routine> routines, List<HookCode> code, Map<Hook, Diagnostic> tooLarge) {
    /** The number of blocks that the passes process within seconds; tables replace most of them. */
    private static final int MOST_BLOCKS = 150_000;

    Programs {
        routines = List.copyOf(routines);
        code = List.copyOf(code);
        tooLarge = Collections.unmodifiableMap(new EnumMap<>(tooLarge));
    }

    /** Returns the programs of these decisions, without those that are too large. */
    static Programs of(Policy policy, PolicyDiagrams drawn, Target target) {
        PolicyDiagrams diagrams = drawn.on(target.oldest(), policy);
        List<Routine> routines = new ArrayList<>();
        List<HookCode> code = new ArrayList<>();
        Map<Hook, Diagnostic> tooLarge = new EnumMap<>(Hook.class);
        for (HookDecision decision : diagrams.decisions()) {
            Routine lowered = Lowering.lower(policy, decision, target.oldest());
            if (lowered.blocks().size() > MOST_BLOCKS) {
                tooLarge.put(decision.hook(), TooLarge.diagnostic(policy, decision.hook()));
                continue;
            }
            Routine routine = Passes.run(lowered);
            routines.add(routine);
            generate(routine, target, policy, code, tooLarge);
        }
        return new Programs(diagrams, routines, code, tooLarge);
    }

    /** Returns the same programs, which look up maps in indexes. */
    Programs with(MapIndexes indexes, Policy policy, Target target) {
        List<HookCode> indexed = new ArrayList<>();
        Map<Hook, Diagnostic> refused = new EnumMap<>(Hook.class);
        for (Routine routine : routines) {
            generate(routine, target.with(indexes.places()), policy, indexed, refused);
        }
        return new Programs(diagrams, routines, indexed, refused);
    }

    private static void generate(
            Routine routine, Target target, Policy policy, List<HookCode> code, Map<Hook, Diagnostic> tooLarge) {
        try {
            code.add(new HookCode(routine, CodeGenerator.generate(routine, target)));
        } catch (CodeTooLargeException e) {
            tooLarge.put(routine.hook(), refused(policy, routine.hook(), e));
        }
    }

    private static Diagnostic refused(Policy policy, Hook hook, CodeTooLargeException e) {
        return TooLarge.ofCode(
                policy,
                hook,
                "has a branch of " + Math.abs(e.distance())
                        + (e.reach() == Short.MAX_VALUE
                                ? " instruction slots; the limit is 32767"
                                : " instruction slots, which may exceed the limit of 32767 after the kernel has rewritten the program"));
    }
}
