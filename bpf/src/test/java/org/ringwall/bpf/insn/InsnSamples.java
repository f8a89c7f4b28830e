// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Every kind of instruction with every operation and form, combined with the boundary values of its
 * fields; and random ones.
 */
public final class InsnSamples {
    private static final int[] IMMEDIATES = {0, 1, -1, 7, 0x1234_5678, Integer.MIN_VALUE, Integer.MAX_VALUE};
    private static final short[] OFFSETS = {0, 1, -1, -512, Short.MIN_VALUE, Short.MAX_VALUE};
    private static final long[] WIDE = {0, 1, -1, 0x1122_3344_5566_7788L, 0x8000_0000L, Long.MIN_VALUE, Long.MAX_VALUE};
    private static final Width[] WORDS = {Width.W, Width.DW};
    private static final List<Reg> ALL = List.of(Reg.values());
    private static final List<Reg> WRITABLE = ALL.subList(0, 10);

    private final List<Insn> insns = new ArrayList<>();

    private InsnSamples() {}

    /** Returns all of them. */
    public static List<Insn> all() {
        InsnSamples samples = new InsnSamples();
        samples.arithmetic();
        samples.moves();
        samples.memory();
        samples.atomics();
        samples.immediates();
        samples.control();
        return List.copyOf(samples.insns);
    }

    /**
     * Returns `count` random instructions of {@link #all}, with new immediates if they have one.
     */
    public static List<Insn> random(Random random, int count) {
        List<Insn> all = all();
        List<Insn> program = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Insn insn = all.get(random.nextInt(all.size()));
            if (insn instanceof Insn.Alu alu && alu.src() instanceof Operand.OfImm) {
                insn = new Insn.Alu(alu.op(), alu.width(), alu.dst(), Operand.of(random.nextInt()));
            } else if (insn instanceof Insn.LoadImm64 load && load.pseudo() == Insn.Pseudo.VALUE) {
                insn = new Insn.LoadImm64(load.pseudo(), load.dst(), random.nextLong());
            } else if (insn instanceof Insn.Store store) {
                insn = new Insn.Store(store.width(), store.dst(), (short) random.nextInt(), store.src());
            }
            program.add(insn);
        }
        return program;
    }

    private static List<Operand> operands() {
        List<Operand> operands = new ArrayList<>();
        ALL.forEach(reg -> operands.add(Operand.of(reg)));
        for (int imm : IMMEDIATES) {
            operands.add(Operand.of(imm));
        }
        return operands;
    }

    private void arithmetic() {
        for (Width width : WORDS) {
            for (Reg dst : WRITABLE) {
                insns.add(new Insn.Neg(width, dst));
                for (Insn.AluOp op : Insn.AluOp.values()) {
                    operands().forEach(src -> insns.add(new Insn.Alu(op, width, dst, src)));
                }
            }
        }
        for (Insn.SwapOp op : Insn.SwapOp.values()) {
            for (Width width : List.of(Width.H, Width.W, Width.DW)) {
                WRITABLE.forEach(dst -> insns.add(new Insn.Swap(op, width, dst)));
            }
        }
    }

    private void moves() {
        for (Width width : WORDS) {
            for (Reg dst : WRITABLE) {
                operands().forEach(src -> insns.add(new Insn.Mov(width, width, dst, src)));
                for (Width from : Width.values()) {
                    if (from.bytes() < width.bytes()) {
                        ALL.forEach(src -> insns.add(new Insn.Mov(width, from, dst, Operand.of(src))));
                    }
                }
            }
        }
    }

    private void memory() {
        for (Width width : Width.values()) {
            for (short off : OFFSETS) {
                for (Reg base : ALL) {
                    for (Reg dst : WRITABLE) {
                        insns.add(new Insn.Load(width, false, dst, base, off));
                        if (width != Width.DW) {
                            insns.add(new Insn.Load(width, true, dst, base, off));
                        }
                    }
                    operands().forEach(src -> insns.add(new Insn.Store(width, base, off, src)));
                }
            }
        }
    }

    private void atomics() {
        for (Insn.AtomicOp op : Insn.AtomicOp.values()) {
            for (Width width : WORDS) {
                for (short off : OFFSETS) {
                    for (Reg base : ALL) {
                        WRITABLE.forEach(src -> insns.add(new Insn.Atomic(op, true, width, base, off, src)));
                        if (!op.exchanges()) {
                            ALL.forEach(src -> insns.add(new Insn.Atomic(op, false, width, base, off, src)));
                        }
                    }
                }
            }
        }
    }

    private void immediates() {
        for (Reg dst : WRITABLE) {
            for (Insn.Pseudo pseudo : Insn.Pseudo.values()) {
                for (long value : WIDE) {
                    long kept = pseudo.lowWordOnly() ? value & 0xffff_ffffL : value;
                    insns.add(new Insn.LoadImm64(pseudo, dst, kept));
                }
            }
        }
        for (Width width : List.of(Width.B, Width.H, Width.W)) {
            for (int imm : IMMEDIATES) {
                insns.add(new Insn.LoadPacket(width, Optional.empty(), imm));
                ALL.forEach(index -> insns.add(new Insn.LoadPacket(width, Optional.of(index), imm)));
            }
        }
    }

    private void control() {
        for (short off : OFFSETS) {
            insns.add(new Insn.Goto(off));
            for (Insn.JumpOp op : Insn.JumpOp.values()) {
                for (Width width : WORDS) {
                    for (Reg dst : ALL) {
                        operands().forEach(src -> insns.add(new Insn.Jump(op, width, dst, src, off)));
                    }
                }
            }
        }
        for (int imm : IMMEDIATES) {
            insns.add(new Insn.GotoLong(imm));
            insns.add(new Insn.CallHelper(imm));
            insns.add(new Insn.CallLocal(imm));
            for (short off : OFFSETS) {
                insns.add(new Insn.CallKfunc(imm, off));
            }
        }
        insns.add(new Insn.Exit());
    }
}
