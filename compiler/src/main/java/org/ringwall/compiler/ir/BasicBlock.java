package org.ringwall.compiler.ir;

import java.util.List;
import org.ringwall.compiler.source.Span;

/**
 * Instructions that run one after the other, and how they end.
 *
 * @param span the rule that the block decides about; for what stands before every rule, the policy's block
 */
public record BasicBlock(BlockId id, Span span, List<Instruction> instructions, Terminator end) {
    public BasicBlock {
        instructions = List.copyOf(instructions);
    }

    /** The same block with another body. */
    public BasicBlock with(List<Instruction> body, Terminator newEnd) {
        return new BasicBlock(id, span, body, newEnd);
    }
}
