// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.AtomicOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Insn.SwapOp;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.machine.Address;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Segment;

/**
 * A generator of programs with arithmetic, stack accesses, atomic operations and forward jumps that
 * every verifier accepts. Nine registers are loaded from the data section {@link #DATA}, whose
 * contents the verifier does not know. At the end, they and the eight stack words are stored there,
 * and r0 is 1.
 */
public final class ProgramGenerator {
    /** The name of the section with inputs and results. */
    public static final String DATA = ".data";

    private static final List<Reg> GENERAL =
            List.of(Reg.R0, Reg.R2, Reg.R3, Reg.R4, Reg.R5, Reg.R6, Reg.R7, Reg.R8, Reg.R9);
    private static final int STACK_WORDS = 8;
    private static final int INPUTS = GENERAL.size() * 8;

    /** The size of the section in bytes. */
    public static final int SIZE = 2 * INPUTS + STACK_WORDS * 8;

    private final RandomChoices choices;
    private final List<Insn> insns = new ArrayList<>();

    private ProgramGenerator(RandomChoices choices) {
        this.choices = choices;
    }

    public static LoadedProgram of(long seed) {
        ProgramGenerator code = new ProgramGenerator(new RandomChoices(seed));
        code.prologue();
        code.body();
        code.epilogue();
        return new LoadedProgram(
                code.insns, Map.of(0, new Address(DATA, 0)), Map.of(DATA, new Segment(DATA, false, new byte[SIZE])));
    }

    /** Returns random contents of the section before a run. */
    public static byte[] inputs(RandomChoices choices) {
        ByteBuffer inputs = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < GENERAL.size(); i++) {
            inputs.putLong(number(choices));
        }
        return inputs.array();
    }

    private static long number(RandomChoices choices) {
        return switch (choices.below(4)) {
            case 0 -> choices.bits();
            case 1 ->
                choices.oneOf(0L, 1L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 0xffff_ffffL, 0x8000_0000L, 0x7fff_ffffL);
            case 2 -> choices.between(-70, 70);
            default -> choices.bits() >> choices.below(64);
        };
    }

    private void prologue() {
        insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R1, 0));
        for (int i = 0; i < GENERAL.size(); i++) {
            insns.add(new Insn.Load(Width.DW, false, GENERAL.get(i), Reg.R1, (short) (8 * i)));
        }
        for (int i = 0; i < STACK_WORDS; i++) {
            insns.add(new Insn.Store(Width.DW, Reg.R10, (short) (-8 - 8 * i), new Operand.OfReg(GENERAL.get(i))));
        }
    }

    private void epilogue() {
        for (int i = 0; i < GENERAL.size(); i++) {
            short at = (short) (INPUTS + 8 * i);
            insns.add(new Insn.Store(Width.DW, Reg.R1, at, new Operand.OfReg(GENERAL.get(i))));
        }
        for (int i = 0; i < STACK_WORDS; i++) {
            insns.add(new Insn.Load(Width.DW, false, Reg.R2, Reg.R10, (short) (-8 - 8 * i)));
            short at = (short) (2 * INPUTS + 8 * i);
            insns.add(new Insn.Store(Width.DW, Reg.R1, at, new Operand.OfReg(Reg.R2)));
        }
        insns.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, new Operand.OfImm(1)));
        insns.add(new Insn.Exit());
    }

    /**
     * Generates the body. A jump targets the start of an instruction of the body or the first one
     * after it. All code is reachable.
     */
    private void body() {
        int count = choices.between(5, 60);
        List<Insn> body = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            body.add(choices.chance(15) ? jump() : choices.chance(5) ? wide() : straight());
        }
        for (int i = 0; i < count; i++) {
            int over = choices.below(Math.min(8, count - i));
            int slots = body.subList(i + 1, i + 1 + over).stream()
                    .mapToInt(Insn::slots)
                    .sum();
            if (body.get(i) instanceof Insn.Jump jump) {
                body.set(i, new Insn.Jump(jump.op(), jump.width(), jump.dst(), jump.src(), (short) slots));
            }
        }
        insns.addAll(body);
    }

    private Insn jump() {
        return choices.chance(5)
                ? new Insn.Goto((short) 0)
                : new Insn.Jump(choices.oneOf(JumpOp.values()), width(), general(), operand(), (short) 0);
    }

    private Insn wide() {
        return new Insn.LoadImm64(Insn.Pseudo.VALUE, general(), number(choices));
    }

    private Insn straight() {
        return switch (choices.below(12)) {
            case 0 -> new Insn.Neg(width(), general());
            case 1 -> swap();
            case 2 -> store();
            case 3 -> load();
            case 4 -> atomic();
            case 5 -> move();
            default -> alu();
        };
    }

    private Width width() {
        return choices.oneOf(Width.W, Width.DW);
    }

    private Reg general() {
        return choices.oneOf(GENERAL);
    }

    private Operand operand() {
        return choices.chance(60) ? new Operand.OfReg(general()) : new Operand.OfImm((int) number(choices));
    }

    private Width accessWidth() {
        return choices.oneOf(Width.values());
    }

    private Insn store() {
        Width width = accessWidth();
        return new Insn.Store(width, Reg.R10, place(width), operand());
    }

    private Insn load() {
        Width width = accessWidth();
        return new Insn.Load(width, width != Width.DW && choices.chance(30), general(), Reg.R10, place(width));
    }

    /** Returns an aligned offset in the eight stack words. */
    private short place(Width width) {
        return (short) -(width.bytes() * choices.between(1, STACK_WORDS * 8 / width.bytes()));
    }

    private Insn alu() {
        AluOp op = choices.oneOf(AluOp.values());
        Width width = width();
        Operand src = operand();
        if (src instanceof Operand.OfImm imm) {
            int value = imm.value();
            if (op.shift()) {
                value = choices.below(width.bits());
            } else if (op.divides() && value == 0) {
                value = 3;
            }
            src = new Operand.OfImm(value);
        }
        return new Insn.Alu(op, width, general(), src);
    }

    private Insn move() {
        Width width = width();
        if (choices.chance(50)) {
            Width from = width == Width.DW ? choices.oneOf(Width.B, Width.H, Width.W) : choices.oneOf(Width.B, Width.H);
            return new Insn.Mov(width, from, general(), new Operand.OfReg(general()));
        }
        return new Insn.Mov(width, width, general(), operand());
    }

    private Insn swap() {
        SwapOp op = choices.oneOf(SwapOp.values());
        return new Insn.Swap(op, choices.oneOf(Width.H, Width.W, Width.DW), general());
    }

    /**
     * Generates an atomic operation. Two forms are excluded, because a 6.18 kernel was seen to run
     * them differently from RFC 9669 section 5.3 where paths join. A 32-bit CMPXCHG kept the upper
     * half of r0 after success, if only one path read it. After a fetch from the stack, the
     * verifier considered a branch decided by the value that another path had stored there. In the
     * data section, whose contents the verifier does not track, fetching works.
     */
    private Insn atomic() {
        AtomicOp op = choices.oneOf(AtomicOp.values());
        Width width = op == AtomicOp.CMPXCHG ? Width.DW : width();
        if (op.exchanges() || choices.chance(50)) {
            short at = (short) (width.bytes() * choices.below(INPUTS / width.bytes()));
            return new Insn.Atomic(op, true, width, Reg.R1, at, general());
        }
        return new Insn.Atomic(op, false, width, Reg.R10, place(width), general());
    }
}
