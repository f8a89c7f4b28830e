package org.ringwall.compiler.ir;

import java.util.List;
import org.ringwall.bpf.kernel.Hook;

/** One program for one hook: the first block is where it begins, and every jump goes to a later block. */
public record Routine(Hook hook, List<BasicBlock> blocks) {
    public Routine {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("a routine has at least one block");
        }
    }

    /** The smallest number above those of all blocks. */
    int nextBlock() {
        return blocks.stream().mapToInt(block -> block.id().number()).max().orElse(-1) + 1;
    }

    /** The smallest number above those of all values. */
    int nextValue() {
        return blocks.stream()
                        .flatMap(block -> block.instructions().stream())
                        .mapToInt(instruction -> instruction.result().number())
                        .max()
                        .orElse(-1)
                + 1;
    }
}
