package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.ringwall.compiler.source.Span;

/** Blocks as they are made, with fresh names for blocks and values. */
public final class Emission {
    private final List<BasicBlock> blocks = new ArrayList<>();
    private final Names names;

    public Emission(int firstBlock, int firstValue) {
        this(new Names(firstBlock, firstValue));
    }

    private Emission(Names names) {
        this.names = names;
    }

    /** The numbers that are taken. */
    private static final class Names {
        private int nextBlock;
        private int nextValue;

        Names(int nextBlock, int nextValue) {
            this.nextBlock = nextBlock;
            this.nextValue = nextValue;
        }
    }

    /** Blocks apart from these, with names that are fresh here too. */
    public Emission branch() {
        return new Emission(names);
    }

    /** A block's name before there is the block. */
    public BlockId name() {
        return new BlockId(names.nextBlock++);
    }

    /** A body that collects instructions. */
    public Body body() {
        return new Body();
    }

    /** A body that begins with the block's instructions. */
    public Body body(BasicBlock block) {
        Body body = new Body();
        body.instructions.addAll(block.instructions());
        return body;
    }

    /** Adds the block behind those that are there. */
    public void add(BasicBlock block) {
        blocks.add(block);
    }

    /** All blocks in the order in which they were added. */
    public List<BasicBlock> blocks() {
        return blocks;
    }

    /** The instructions of one block. */
    public final class Body {
        private final List<Instruction> instructions = new ArrayList<>();

        /** Adds the instruction that is made for a fresh value. */
        public Value add(Function<Value, Instruction> instruction) {
            Value result = new Value(names.nextValue++);
            instructions.add(instruction.apply(result));
            return result;
        }

        /** What was added so far. */
        public List<Instruction> instructions() {
            return instructions;
        }

        /** Ends the body: the block comes behind those that are there. */
        public void end(BlockId id, Span span, Terminator end) {
            blocks.add(new BasicBlock(id, span, instructions, end));
        }
    }
}
