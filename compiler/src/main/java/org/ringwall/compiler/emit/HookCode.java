package org.ringwall.compiler.emit;

import java.util.List;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.table.DataTable;

/**
 * The code for one hook; its line marks are lines and columns of the policy's text.
 *
 * @param tables the read-only data that the code reads
 * @param maps what the code names of the maps that a loader creates
 */
public record HookCode(Hook hook, Assembly assembly, List<DataTable> tables, List<MapDeclaration> maps) {
    public HookCode {
        tables = List.copyOf(tables);
        maps = List.copyOf(maps);
    }

    /** The code of a routine. */
    public HookCode(Routine routine, Assembly assembly) {
        this(routine.hook(), assembly, routine.tables(), routine.maps());
    }
}
