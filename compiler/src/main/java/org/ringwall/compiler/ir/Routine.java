// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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

    /** Returns all instructions, in the order of the blocks. */
    public Stream<Instruction> instructions() {
        return blocks.stream().flatMap(block -> block.instructions().stream());
    }

    /** Returns the tables that the routine reads, each once. */
    public List<DataTable> tables() {
        Map<String, DataTable> tables = new TreeMap<>();
        instructions()
                .flatMap(instruction -> instruction.op().readTable().stream())
                .forEach(table -> tables.put(table.symbol(), table));
        return List.copyOf(tables.values());
    }

    /** Returns the number of uses of each value that has any. */
    public Map<Value, Integer> uses() {
        Map<Value, Integer> uses = new HashMap<>();
        for (BasicBlock block : blocks) {
            block.instructions().stream()
                    .flatMap(instruction -> instruction.operands().stream())
                    .forEach(value -> uses.merge(value, 1, Integer::sum));
            block.end().operands().forEach(value -> uses.merge(value, 1, Integer::sum));
        }
        return uses;
    }

    /** Returns the smallest number above those of all blocks. */
    public int nextBlock() {
        return blocks.stream().mapToInt(block -> block.id().number()).max().orElse(-1) + 1;
    }

    /** Returns the smallest number above those of all values. */
    public int nextValue() {
        return instructions()
                        .mapToInt(instruction -> instruction.result().number())
                        .max()
                        .orElse(-1)
                + 1;
    }
}
