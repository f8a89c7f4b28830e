// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.tables.RuleRows;
import org.ringwall.compiler.tables.SearchTree;

/** The predicted cost of rule bit vectors: the searches, the rows, and half of their words. */
final class RuleForms {
    /** A mask, a product, and the address of the table. */
    private static final int ROW_INSTRUCTIONS = 5;

    /** A load and an operation for each row of a word. */
    private static final int WORD_INSTRUCTIONS = 2;

    /** The lowest bit, and the test of whether it belongs to the target's rules. */
    private static final int FOUND_INSTRUCTIONS = 7;

    private RuleForms() {}

    /** Returns one entry for each bit-vector step, in block order. */
    static List<ChosenForm> of(Routine routine) {
        List<ChosenForm> forms = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            List<RuleRows> rows = new ArrayList<>();
            List<SearchTree> searches = new ArrayList<>();
            for (Instruction instruction : block.instructions()) {
                if (instruction.op() instanceof NumberOp.RowOf row) {
                    rows.add(row.table());
                } else if (instruction.op() instanceof NumberOp.LookUp look
                        && look.table() instanceof SearchTree tree) {
                    searches.add(tree);
                }
            }
            if (!rows.isEmpty()) {
                forms.add(form(block, rows, searches));
            }
        }
        return forms;
    }

    private static ChosenForm form(BasicBlock block, List<RuleRows> rows, List<SearchTree> searches) {
        int words = rows.get(0).stride() / Long.BYTES;
        Cost cost = searches.stream().map(SearchTree::cost).reduce(new Cost(0, 0), Cost::plus);
        for (RuleRows table : rows) {
            cost = cost.plus(new Cost(ROW_INSTRUCTIONS, Costs.access((long) table.rows() * table.stride())));
        }
        int ofWord = rows.size() * WORD_INSTRUCTIONS;
        double half = (words + 1) / 2.0;
        cost = cost.plus(
                new Cost(words * (ofWord + FOUND_INSTRUCTIONS), half * (ofWord * Costs.STRAIGHT_NS + Costs.STEADY_NS)));
        String form = "rules as bits, %d searches, %d rows of %d bits"
                .formatted(searches.size(), rows.size(), words * Long.SIZE);
        return new ChosenForm(block.span(), "the first rule that holds", 2, form, cost);
    }
}
