// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Costs;

/** Facts about the numbers that a routine switches on. */
public final class Numbers {
    /**
     * Fields that mostly hold one of two or three values, so that branches on them are predicted
     * correctly.
     */
    private static final Set<String> STEADY = Set.of(
            "protocol",
            "type",
            "family",
            "user_family",
            "access_type",
            "minor",
            "op",
            "state",
            "write",
            "level",
            "optname");

    private final Bits bits;
    private final Map<Value, Instruction> makers = new HashMap<>();

    /**
     * A number that is switched on.
     *
     * @param bits the number of low bits that may be set
     * @param steady whether it mostly has one of few values
     */
    record Number(int bits, boolean steady) {
        static Number ofBits(int bits) {
            return new Number(bits, false);
        }

        /** Returns the cost of a comparison. */
        double compareNs() {
            return steady ? Costs.STEADY_NS : Costs.COMPARE_NS;
        }
    }

    Numbers(Routine routine) {
        this.bits = new Bits(routine);
        routine.blocks().forEach(block -> block.instructions().forEach(this::note));
    }

    private void note(Instruction instruction) {
        makers.put(instruction.result(), instruction);
    }

    /** Adds an instruction whose operands have already been added. */
    void add(Instruction instruction) {
        bits.add(instruction);
        note(instruction);
    }

    Number of(Value value) {
        return new Number(bits.of(value), steady(value));
    }

    /**
     * Returns the word of which the value is the upper half, the access to a device; empty for
     * other values.
     */
    Optional<Value> accessWord(Value value) {
        return made(value, NumberOp.Alu.shr(Width.H.bits())).filter(this::isAccessWord);
    }

    /** Whether the value is the lower half of such a word, the device kind. */
    boolean isKind(Value value) {
        return made(value, NumberOp.Alu.low(DeviceKind.BITS))
                .filter(this::isAccessWord)
                .isPresent();
    }

    /** Returns the operand of the operation that defines the value; empty for another operation. */
    private Optional<Value> made(Value value, NumberOp.Alu op) {
        return Optional.ofNullable(makers.get(value))
                .filter(maker -> maker.op().equals(op))
                .map(maker -> maker.operand(0));
    }

    private boolean isAccessWord(Value value) {
        Instruction maker = makers.get(value);
        return maker != null
                && maker.op() instanceof Op.Load load
                && load.width() == Width.W
                && load.field()
                        .filter(field -> field.name().equals("access_type"))
                        .isPresent();
    }

    /** Returns the printed form of the instruction that defines the value. */
    String text(Value value) {
        Instruction maker = makers.get(value);
        return maker == null ? value.toString() : maker.text();
    }

    private boolean steady(Value value) {
        Instruction maker = makers.get(value);
        if (maker == null) {
            return false;
        } else if (maker.op() instanceof Op.Load load) {
            return load.field().filter(field -> STEADY.contains(field.name())).isPresent();
        } else if (maker.op() instanceof NumberOp.Alu alu && !alu.is(NumberOp.Operator.SUB)) {
            return steady(maker.operand(0));
        }
        return maker.op() instanceof StringOp.CallString;
    }
}
