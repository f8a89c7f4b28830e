// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.tables.DataTable;

/** Routines for tests, in the printed form without source positions. */
public final class RoutineText {
    private static final SourceFile SOURCE = new SourceFile("p.wall", "policy p\n");

    private RoutineText() {}

    /**
     * Returns the routine of a hook with these blocks, whose source position is the first character
     * of the policy.
     */
    public static Routine read(String hook, String blocks) {
        return read(hook, blocks, List.of());
    }

    /** Returns the routine of a hook with these blocks, which refer to these tables. */
    public static Routine read(String hook, String blocks, List<? extends DataTable> tables) {
        String text = "routine " + hook + "\n" + blocks.replaceAll("(?m)^(b\\d+:)", "$1 ; line 1 column 1");
        return IrReader.read(text, SOURCE, tables);
    }
}
