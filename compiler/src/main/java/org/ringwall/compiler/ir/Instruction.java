// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * `result = op(operands)`. If the operation {@linkplain Op#acts acts}, the instruction is neither
 * removed, shared nor moved, and its result may have no meaning.
 */
public record Instruction(Value result, Op op, List<Value> operands) {
    public Instruction {
        operands = List.copyOf(operands);
        if (!op.operands().contains(operands.size())) {
            throw new IllegalArgumentException(op + " of " + operands);
        }
    }

    public Value operand(int index) {
        return operands.get(index);
    }

    /** Returns the same operation on other operands. */
    public Instruction mapOperands(UnaryOperator<Value> values) {
        return new Instruction(result, op, operands.stream().map(values).toList());
    }

    /** Returns the same instruction with other names for its operands and its result. */
    public Instruction rename(UnaryOperator<Value> values) {
        return new Instruction(
                values.apply(result), op, operands.stream().map(values).toList());
    }

    /** Returns the printed form of the operation with its operands. */
    public String text() {
        return op.text(operands);
    }

    @Override
    public String toString() {
        return result + " = " + text();
    }
}
