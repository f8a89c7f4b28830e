// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import org.ringwall.compiler.source.Span;

/**
 * A sequence of instructions and the terminator that ends it.
 *
 * @param span the rule that the block belongs to; the policy's block for code before the first rule
 */
public record BasicBlock(BlockId id, Span span, List<Instruction> instructions, Terminator end) {
    public BasicBlock {
        instructions = List.copyOf(instructions);
    }

    /** Returns this block with other instructions and another terminator. */
    public BasicBlock with(List<Instruction> body, Terminator newEnd) {
        return new BasicBlock(id, span, body, newEnd);
    }
}
