package org.ringwall.compiler.pass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.IrPrinter;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.RoutineText;

/** One pass on routines of tests, each of which is sound afterwards. */
record PassOnText(String name, UnaryOperator<Routine> step) {
    /** The pass makes these blocks of a hook what is expected. */
    void turns(String hook, String blocks, String expected) {
        Routine routine = step.apply(RoutineText.read(hook, blocks));
        IrChecker.check(name, routine);
        assertThat(IrPrinter.print(routine)).isEqualTo(IrPrinter.print(RoutineText.read(hook, expected)));
    }

    /** The pass finds nothing to do. */
    void leaves(String hook, String blocks) {
        turns(hook, blocks, blocks);
    }
}
