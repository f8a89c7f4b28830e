package org.ringwall.compiler.pass;

import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.ringwall.compiler.form.ChosenForm;
import org.ringwall.compiler.form.ExpandSwitches;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.Routine;

/** All steps from what lowering makes to what code is generated from, each of them checked. */
public final class Passes {
    private static final String EXPAND = "expand-switches";

    private static final List<Pass> PIPELINE = List.of(
            new Pass("fold-ranges", FoldRanges::apply),
            new Pass("share-calls", ShareCalls::apply),
            new Pass(EXPAND, ExpandSwitches::apply),
            new Pass("narrow-words", NarrowWords::apply),
            new Pass("share-ends", ShareEnds::apply),
            new Pass("hoist-reads", HoistReads::apply),
            new Pass("share-reads", ShareReads::apply),
            new Pass("keep-order", KeepOrder::apply),
            new Pass("lay-out", LayOut::apply),
            new Pass("drop-unread", DropUnread::apply),
            new Pass("fit-numbers", FitNumbers::apply),
            new Pass("renumber", Renumber::apply));

    /** Without these there may be no code: they leave nothing that has none, no switch and no number too wide for a jump. */
    private static final Set<String> NEEDED = Set.of(EXPAND, "fit-numbers");

    private Passes() {}

    /** The names of all passes, in order. */
    public static List<String> names() {
        return PIPELINE.stream().map(Pass::name).toList();
    }

    /** The names of the passes that only make code shorter or easier to read: any of them may be left out, and all together. */
    public static List<String> optional() {
        return names().stream().filter(name -> !NEEDED.contains(name)).toList();
    }

    /** Runs all passes. */
    public static Routine run(Routine lowered) {
        return run(lowered, (name, routine) -> {});
    }

    /** Runs all passes and shows the routine before the first one, as `lower`, and after each. */
    public static Routine run(Routine lowered, BiConsumer<String, Routine> dump) {
        return run(lowered, dump, PIPELINE);
    }

    /** Runs all passes but those of these names; an {@link IllegalStateException} where one is missed that is not optional. */
    public static Routine without(Set<String> names, Routine lowered) {
        List<Pass> left =
                PIPELINE.stream().filter(pass -> !names.contains(pass.name())).toList();
        return run(lowered, (stage, routine) -> {}, left);
    }

    /** The form of each switch that the passes choose for what lowering made. */
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

    /** Runs these passes, each of them checked, and holds what comes out to what code can be generated from. */
    static Routine run(Routine lowered, BiConsumer<String, Routine> dump, List<Pass> passes) {
        Routine routine = lowered;
        IrChecker.check("lower", routine);
        dump.accept("lower", routine);
        for (Pass pass : passes) {
            Routine before = routine;
            routine = pass.step().apply(before);
            // What a pass has found nothing in has been checked already.
            if (routine != before) {
                IrChecker.check(pass.name(), routine);
            }
            dump.accept(pass.name(), routine);
        }
        return IrChecker.checkFinal(routine);
    }
}
