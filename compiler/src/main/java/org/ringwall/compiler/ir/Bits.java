// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.HashMap;
import java.util.Map;

/** The number of low bits that each value of a routine can use; all higher bits are zero. */
public final class Bits {
    private final Map<Value, Integer> known = new HashMap<>();

    /** Analyses a routine in which each value is defined before its uses, in block order. */
    public Bits(Routine routine) {
        routine.blocks().forEach(block -> block.instructions().forEach(this::add));
    }

    /** Adds an instruction whose operands have already been added. */
    public void add(Instruction instruction) {
        known.put(
                instruction.result(),
                instruction
                        .op()
                        .bits(instruction.operands().stream().map(this::of).toList()));
    }

    public int of(Value value) {
        return known.getOrDefault(value, Long.SIZE);
    }

    /** Returns the greatest unsigned number of that many bits. */
    public static long max(int bits) {
        return bits == Long.SIZE ? -1L : (1L << bits) - 1;
    }
}
