// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.tables.DataTable;

/**
 * The program for one hook. Execution begins in the first block, and every jump goes to a later
 * block.
 */
public record Routine(Hook hook, List<BasicBlock> blocks) {
    public Routine {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("a routine has at least one block");
        }
    }

    /** Returns the tables that the routine reads, each once. */
    public List<DataTable> tables() {
        Map<String, DataTable> tables = new TreeMap<>();
        for (BasicBlock block : blocks) {
            for (Instruction instruction : block.instructions()) {
                if (instruction instanceof Instruction.WalkString walk) {
                    tables.put(walk.table().symbol(), walk.table());
                } else if (instruction instanceof Instruction.FindString find) {
                    tables.put(find.table().symbol(), find.table());
                } else if (instruction instanceof Instruction.LookUp look) {
                    tables.put(look.table().symbol(), look.table());
                } else if (instruction instanceof Instruction.RowOf row) {
                    tables.put(row.table().symbol(), row.table());
                }
            }
        }
        return List.copyOf(tables.values());
    }

    /** Returns the smallest number above those of all blocks. */
    public int nextBlock() {
        return blocks.stream().mapToInt(block -> block.id().number()).max().orElse(-1) + 1;
    }

    /** Returns the smallest number above those of all values. */
    public int nextValue() {
        return blocks.stream()
                        .flatMap(block -> block.instructions().stream())
                        .mapToInt(instruction -> instruction.result().number())
                        .max()
                        .orElse(-1)
                + 1;
    }
}
