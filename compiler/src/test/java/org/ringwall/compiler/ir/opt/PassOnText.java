// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.IrPrinter;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.RoutineText;
import org.ringwall.compiler.tables.DataTable;

/** One pass on the printed form of routines. The result must be valid. */
record PassOnText(String name, UnaryOperator<Routine> step) {
    /** Checks that the pass turns these blocks of a hook into the expected ones. */
    void turns(String hook, String blocks, String expected) {
        turns(hook, blocks, expected, List.of());
    }

    /**
     * Checks that the pass turns these blocks, which refer to these tables, into the expected ones.
     */
    void turns(String hook, String blocks, String expected, List<? extends DataTable> tables) {
        Routine routine = step.apply(RoutineText.read(hook, blocks, tables));
        IrChecker.check(name, routine);
        assertThat(IrPrinter.print(routine)).isEqualTo(IrPrinter.print(RoutineText.read(hook, expected, tables)));
    }

    /** Checks that the pass changes nothing. */
    void leaves(String hook, String blocks) {
        turns(hook, blocks, blocks);
    }
}
