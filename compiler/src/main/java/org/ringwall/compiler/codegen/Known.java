package org.ringwall.compiler.codegen;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** What is known of a register where the verifier's demands depend on it; no more than the verifier knows itself. */
sealed interface Known {
    /** The context as it came in. */
    record Context() implements Known {}

    /** A pointer, or null. */
    record MaybeNull() implements Known {}

    /** A number from `min` to `max`, both included; never negative. */
    record Number(long min, long max) implements Known {
        static Number of(long value) {
            return new Number(value, value);
        }
    }

    /** What holds on two ways. */
    static Map<Reg, Known> meet(Map<Reg, Known> one, Map<Reg, Known> other) {
        Map<Reg, Known> both = new EnumMap<>(Reg.class);
        one.forEach((reg, known) -> Optional.ofNullable(other.get(reg))
                .flatMap(there -> meet(known, there))
                .ifPresent(met -> both.put(reg, met)));
        return both;
    }

    private static Optional<Known> meet(Known one, Known other) {
        if (one instanceof Number left && other instanceof Number right) {
            return Optional.of(new Number(Math.min(left.min(), right.min()), Math.max(left.max(), right.max())));
        } else if (one instanceof MaybeNull || other instanceof MaybeNull) {
            return Optional.of(new MaybeNull());
        }
        return one.equals(other) ? Optional.of(one) : Optional.empty();
    }

    /** What an arithmetic instruction leaves of its number: masks, shifts to the right and the turn of one bit. */
    static Optional<Known> computed(Insn.Alu alu, Optional<Known> before) {
        if (!(alu.src() instanceof Operand.OfImm right) || alu.width() != Width.DW) {
            return Optional.empty();
        }
        int imm = right.value();
        return switch (alu.op()) {
            case AND -> imm < 0 ? Optional.empty() : Optional.of(new Number(0, imm));
            case RSH -> imm > 0 && imm < Long.SIZE ? Optional.of(new Number(0, -1L >>> imm)) : Optional.empty();
            case XOR, OR ->
                before.filter(known -> imm == 1 && known instanceof Number number && number.max() <= 1)
                        .map(known -> new Number(0, 1));
            default -> Optional.empty();
        };
    }
}
