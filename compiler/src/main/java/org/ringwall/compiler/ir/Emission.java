// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.source.Span;

/** A builder for blocks that allocates fresh block and value names. */
public final class Emission {
    private final List<BasicBlock> blocks = new ArrayList<>();
    private final Names names;

    public Emission(int firstBlock, int firstValue) {
        this(new Names(firstBlock, firstValue));
    }

    private Emission(Names names) {
        this.names = names;
    }

    /** The next free numbers. */
    private static final class Names {
        private int nextBlock;
        private int nextValue;

        Names(int nextBlock, int nextValue) {
            this.nextBlock = nextBlock;
            this.nextValue = nextValue;
        }
    }

    /** Returns an empty emission whose names are also distinct from those of this one. */
    public Emission branch() {
        return new Emission(names);
    }

    /** Allocates the name of a block that is added later. */
    public BlockId name() {
        return new BlockId(names.nextBlock++);
    }

    /** Returns an empty body. */
    public Body body() {
        return new Body();
    }

    /** Returns a body that begins with the instructions of the block. */
    public Body body(BasicBlock block) {
        Body body = new Body();
        body.instructions.addAll(block.instructions());
        return body;
    }

    /** Appends a block. */
    public void add(BasicBlock block) {
        blocks.add(block);
    }

    /** Returns all blocks in the order in which they were added. */
    public List<BasicBlock> blocks() {
        return blocks;
    }

    /** The instructions of a block under construction. */
    public final class Body {
        private final List<Instruction> instructions = new ArrayList<>();

        /** Adds an instruction with a fresh result and returns that value. */
        public Value add(Op op, Value... operands) {
            return add(op, List.of(operands));
        }

        /** Adds an instruction with a fresh result and returns that value. */
        public Value add(Op op, List<Value> operands) {
            Value result = new Value(names.nextValue++);
            instructions.add(new Instruction(result, op, operands));
            return result;
        }

        /** Returns the instructions added so far. */
        public List<Instruction> instructions() {
            return instructions;
        }

        /** Ends the body and appends it as a block. */
        public void end(BlockId id, Span span, Terminator end) {
            blocks.add(new BasicBlock(id, span, instructions, end));
        }
    }
}
