package org.ringwall.compiler.ir;

import java.util.List;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.table.DataTable;

/** Routines of tests, in the printed form without the places in a policy. */
public final class RoutineText {
    private static final SourceFile SOURCE = new SourceFile("p.wall", "policy p\n");

    private RoutineText() {}

    /** The routine of a hook with these blocks, all of which come from the policy's first character. */
    public static Routine read(String hook, String blocks) {
        return read(hook, blocks, List.of());
    }

    /** The same, where these tables are named. */
    public static Routine read(String hook, String blocks, List<? extends DataTable> tables) {
        String text = "routine " + hook + "\n" + blocks.replaceAll("(?m)^(b\\d+:)", "$1 ; line 1 column 1");
        return IrReader.read(text, SOURCE, tables);
    }
}
