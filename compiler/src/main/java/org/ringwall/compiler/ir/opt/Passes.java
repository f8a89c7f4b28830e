// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.switches.ChosenForm;
import org.ringwall.compiler.ir.switches.ExpandSwitches;

/** The pipeline of passes from lowering to code generation. The result of each pass is checked. */
public final class Passes {
    private static final String EXPAND = "expand-switches";

    private static final List<Pass> PIPELINE = List.of(
            new Pass("fold-ranges", CorrelatedValuePropagation::apply),
            new Pass("share-calls", CommonCalls::apply),
            new Pass(EXPAND, ExpandSwitches::apply),
            new Pass("share-ends", ShareEnds::apply),
            new Pass("thread-gotos", JumpThreading::apply),
            new Pass("drop-unread", DeadCodeElimination::apply),
            new Pass("fit-numbers", LegalizeImmediates::apply),
            new Pass("renumber", Renumber::apply));

    /**
     * The passes that code generation requires: they remove switches and constants too wide for a
     * jump.
     */
    private static final Set<String> NEEDED = Set.of(EXPAND, "fit-numbers");

    private Passes() {}

    /** Returns the names of all passes, in order. */
    public static List<String> names() {
        return PIPELINE.stream().map(Pass::name).toList();
    }

    /**
     * Returns the names of the passes that only shorten or tidy the code. Any subset of them may be
     * omitted.
     */
    public static List<String> optional() {
        return names().stream().filter(name -> !NEEDED.contains(name)).toList();
    }

    /** Runs all passes. */
    public static Routine run(Routine lowered) {
        return run(lowered, (name, routine) -> {});
    }

    /**
     * Runs all passes, and passes the routine to `dump` before the first one, as `lower`, and after
     * each.
     */
    public static Routine run(Routine lowered, BiConsumer<String, Routine> dump) {
        return run(lowered, dump, PIPELINE);
    }

    /**
     * Runs all passes but those with these names.
     *
     * @throws IllegalStateException if a required pass is omitted
     */
    public static Routine without(Set<String> names, Routine lowered) {
        List<Pass> left =
                PIPELINE.stream().filter(pass -> !names.contains(pass.name())).toList();
        return run(lowered, (stage, routine) -> {}, left);
    }

    /** Returns the form that the passes choose for each switch of a lowered routine. */
    public static List<ChosenForm> forms(Routine lowered) {
        Routine routine = lowered;
        for (Pass pass : PIPELINE) {
            if (pass.name().equals(EXPAND)) {
                return ChosenForm.of(routine);
            }
            routine = pass.step().apply(routine);
        }
        throw new IllegalStateException("no pass expands switches");
    }

    /**
     * Runs these passes, checks the result of each, and checks that code can be generated from the
     * last one.
     */
    static Routine run(Routine lowered, BiConsumer<String, Routine> dump, List<Pass> passes) {
        Routine routine = lowered;
        IrChecker.check("lower", routine);
        dump.accept("lower", routine);
        for (Pass pass : passes) {
            Routine before = routine;
            routine = pass.step().apply(before);
            // A pass that changes nothing returns its argument, which has been checked already.
            if (routine != before) {
                IrChecker.check(pass.name(), routine);
            }
            dump.accept(pass.name(), routine);
        }
        return IrChecker.checkFinal(routine);
    }
}
