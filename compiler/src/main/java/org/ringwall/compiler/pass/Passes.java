package org.ringwall.compiler.pass;

import java.util.List;
import java.util.function.BiConsumer;
import org.ringwall.compiler.form.ExpandSwitches;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.Routine;

/** All steps from what lowering makes to what code is generated from, each of them checked. */
public final class Passes {
    private static final List<Pass> PIPELINE = List.of(
            new Pass("share-calls", ShareCalls::apply),
            new Pass("expand-switches", ExpandSwitches::apply),
            new Pass("share-ends", ShareEnds::apply),
            new Pass("hoist-reads", HoistReads::apply),
            new Pass("fit-numbers", FitNumbers::apply),
            new Pass("renumber", Renumber::apply));

    private Passes() {}

    /** Runs all passes. */
    public static Routine run(Routine lowered) {
        return run(lowered, (name, routine) -> {});
    }

    /** Runs all passes and shows the routine before the first one, as `lower`, and after each. */
    public static Routine run(Routine lowered, BiConsumer<String, Routine> dump) {
        Routine routine = lowered;
        IrChecker.check("lower", routine);
        dump.accept("lower", routine);
        for (Pass pass : PIPELINE) {
            routine = pass.step().apply(routine);
            IrChecker.check(pass.name(), routine);
            dump.accept(pass.name(), routine);
        }
        return IrChecker.checkFinal(routine);
    }
}
