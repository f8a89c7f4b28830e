// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.List;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.tables.DataTable;

/**
 * The code for one hook; its line marks are lines and columns of the policy's text.
 *
 * @param tables the read-only data that the code reads
 */
public record HookCode(Hook hook, Assembly assembly, List<DataTable> tables) {
    public HookCode {
        tables = List.copyOf(tables);
    }

    /** Creates the code of a routine. */
    public HookCode(Routine routine, Assembly assembly) {
        this(routine.hook(), assembly, routine.tables());
    }
}
