// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.tables.StringHash;

/** The predicted cost of searches in tables of string prefixes. */
final class StringForms {
    private StringForms() {}

    /** Returns one entry for each search, in block order. */
    static List<ChosenForm> of(Routine routine) {
        return routine.blocks().stream()
                .flatMap(block -> block.instructions().stream()
                        .flatMap(instruction -> instruction.op() instanceof StringOp.FindString find
                                ? Stream.of(form(block, find.table()))
                                : Stream.empty()))
                .toList();
    }

    private static ChosenForm form(BasicBlock block, StringHash table) {
        String form = "hash of beginnings, %d of up to %d words, %d steps"
                .formatted(table.entries(), table.words(), table.steps().size());
        return new ChosenForm(block.span(), "what the string begins with", table.classes() + 1, form, table.cost());
    }
}
