package org.ringwall.compiler.pass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.IrPrinter;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.RoutineText;
import org.ringwall.compiler.table.DataTable;

/** One pass on routines of tests, each of which is sound afterwards. */
record PassOnText(String name, UnaryOperator<Routine> step) {
    /** The pass makes these blocks of a hook what is expected. */
    void turns(String hook, String blocks, String expected) {
        turns(hook, blocks, expected, List.of());
    }

    /** The same, where these tables are named. */
    void turns(String hook, String blocks, String expected, List<? extends DataTable> tables) {
        Routine routine = step.apply(RoutineText.read(hook, blocks, tables));
        IrChecker.check(name, routine);
        assertThat(IrPrinter.print(routine)).isEqualTo(IrPrinter.print(RoutineText.read(hook, expected, tables)));
    }

    /** The pass finds nothing to do. */
    void leaves(String hook, String blocks) {
        turns(hook, blocks, blocks);
    }
}
