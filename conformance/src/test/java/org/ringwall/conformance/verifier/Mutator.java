// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.verifier;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;

/**
 * A generator of programs with one or two changed instructions, from a seed. Every instruction
 * keeps its length, so that jumps keep their targets.
 */
final class Mutator {
    private static final List<Integer> NUMBERS =
            List.of(0, 1, -1, 2, 4, 7, 8, 16, 63, 64, 255, 256, 512, 4096, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE);

    private static final List<Integer> DISTANCES = List.of(-512, -16, -8, -4, -2, -1, 1, 2, 4, 8, 16, 64, 512);

    private final SplittableRandom random;

    Mutator(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Returns the program with one change or two. */
    ProgramSpec mutated(ProgramSpec program) {
        ProgramSpec once = change(program);
        return random.nextInt(4) == 0 ? change(once) : once;
    }

    private ProgramSpec change(ProgramSpec program) {
        List<Insn> insns = new ArrayList<>(program.insns());
        List<Relocation> relocations = new ArrayList<>(program.relocations());
        boolean symbol = !relocations.isEmpty() && random.nextInt(20) == 0;
        if (symbol) {
            relocate(insns, relocations);
        } else {
            boolean done = false;
            while (!done) {
                int index = random.nextInt(insns.size());
                Optional<Insn> other = changed(insns, index);
                done = other.filter(insn -> !insn.equals(insns.get(index))).isPresent();
                other.ifPresent(insn -> insns.set(index, insn));
            }
        }
        return new ProgramSpec(program.name(), program.section(), insns, relocations, List.of(), 0);
    }

    /** Replaces an address by that of another symbol, or by another offset. */
    private void relocate(List<Insn> insns, List<Relocation> relocations) {
        int at = random.nextInt(relocations.size());
        Relocation old = relocations.get(at);
        Relocation other = pick(relocations);
        Relocation made = new Relocation(old.slot(), other.symbol(), other.addend());
        relocations.set(at, made);
        int slot = 0;
        for (int i = 0; i < insns.size(); i++) {
            if (slot == made.slot() && insns.get(i) instanceof Insn.LoadImm64 load) {
                insns.set(i, new Insn.LoadImm64(Insn.Pseudo.VALUE, load.dst(), made.addend()));
            }
            slot += insns.get(i).slots();
        }
    }

    private Optional<Insn> changed(List<Insn> insns, int index) {
        Insn insn = insns.get(index);
        if (insn.slots() > 1 || insn instanceof Insn.CallKfunc) {
            return Optional.empty();
        }
        return switch (random.nextInt(8)) {
            case 0 -> insn instanceof Insn.Exit ? Optional.empty() : Optional.of(new Insn.Goto((short) 0));
            case 1 -> Optional.of(pick(insns)).filter(other -> other.slots() == 1 && !isJump(other));
            default -> part(insn);
        };
    }

    private static boolean isJump(Insn insn) {
        return insn instanceof Insn.Jump
                || insn instanceof Insn.Goto
                || insn instanceof Insn.GotoLong
                || insn instanceof Insn.CallKfunc;
    }

    private Optional<Insn> part(Insn insn) {
        try {
            return insn.accept(new Part());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private <T> T pick(T[] values) {
        return pick(Arrays.asList(values));
    }

    private Reg reg(Reg old) {
        return random.nextBoolean() ? old : pick(Reg.values());
    }

    private short off(short old) {
        int off = old + pick(DISTANCES);
        return random.nextInt(3) == 0 || off != (short) off ? old : (short) off;
    }

    private Width width(Width old) {
        return random.nextInt(3) == 0 ? pick(Width.values()) : old;
    }

    private Operand operand(Operand old) {
        if (random.nextInt(3) == 0) {
            return old;
        } else if (random.nextInt(4) == 0) {
            return Operand.of(pick(Reg.values()));
        }
        int near = old instanceof Operand.OfImm imm ? imm.value() + random.nextInt(5) - 2 : 0;
        return Operand.of(random.nextBoolean() ? near : pick(NUMBERS));
    }

    /** A change of one part of an instruction. */
    private final class Part implements Insn.Visitor<Optional<Insn>> {
        @Override
        public Optional<Insn> alu(Insn.Alu insn) {
            Insn.AluOp op = random.nextInt(3) == 0 ? pick(Insn.AluOp.values()) : insn.op();
            return Optional.of(new Insn.Alu(op, width(insn.width()), reg(insn.dst()), operand(insn.src())));
        }

        @Override
        public Optional<Insn> mov(Insn.Mov insn) {
            Width width = width(insn.width());
            return Optional.of(new Insn.Mov(width, width, reg(insn.dst()), operand(insn.src())));
        }

        @Override
        public Optional<Insn> neg(Insn.Neg insn) {
            return Optional.of(new Insn.Neg(width(insn.width()), reg(insn.dst())));
        }

        @Override
        public Optional<Insn> swap(Insn.Swap insn) {
            return Optional.of(new Insn.Swap(insn.op(), width(insn.width()), reg(insn.dst())));
        }

        @Override
        public Optional<Insn> load(Insn.Load insn) {
            boolean signed = random.nextInt(20) == 0 ? !insn.signed() : insn.signed();
            return Optional.of(
                    new Insn.Load(width(insn.width()), signed, reg(insn.dst()), reg(insn.src()), off(insn.off())));
        }

        @Override
        public Optional<Insn> store(Insn.Store insn) {
            return Optional.of(
                    new Insn.Store(width(insn.width()), reg(insn.dst()), off(insn.off()), operand(insn.src())));
        }

        @Override
        public Optional<Insn> atomic(Insn.Atomic insn) {
            boolean fetch = random.nextInt(4) == 0 ? !insn.fetch() : insn.fetch();
            Insn.AtomicOp op = random.nextInt(4) == 0 ? pick(Insn.AtomicOp.values()) : insn.op();
            return Optional.of(
                    new Insn.Atomic(op, fetch, width(insn.width()), reg(insn.dst()), off(insn.off()), reg(insn.src())));
        }

        @Override
        public Optional<Insn> loadImm64(Insn.LoadImm64 insn) {
            return Optional.empty();
        }

        @Override
        public Optional<Insn> loadPacket(Insn.LoadPacket insn) {
            return Optional.empty();
        }

        @Override
        public Optional<Insn> jump(Insn.Jump insn) {
            Insn.JumpOp op = random.nextBoolean() ? pick(Insn.JumpOp.values()) : insn.op();
            Width width = random.nextInt(4) > 0 ? insn.width() : insn.width() == Width.W ? Width.DW : Width.W;
            short off = random.nextInt(4) == 0 ? (short) (insn.off() + random.nextInt(9) - 4) : insn.off();
            return Optional.of(new Insn.Jump(op, width, reg(insn.dst()), operand(insn.src()), off));
        }

        @Override
        public Optional<Insn> goTo(Insn.Goto insn) {
            return Optional.of(new Insn.Goto((short) (insn.off() + random.nextInt(9) - 4)));
        }

        @Override
        public Optional<Insn> goToLong(Insn.GotoLong insn) {
            return Optional.empty();
        }

        /** Calls any helper, or one with similar arguments. */
        @Override
        public Optional<Insn> callHelper(Insn.CallHelper insn) {
            List<Helper> known = Arrays.stream(Helper.values())
                    .filter(helper -> helper.prototype().isPresent())
                    .toList();
            Helper helper = random.nextBoolean() ? pick(known) : pick(Helper.values());
            return Optional.of(new Insn.CallHelper(helper.id()));
        }

        @Override
        public Optional<Insn> callLocal(Insn.CallLocal insn) {
            return Optional.empty();
        }

        @Override
        public Optional<Insn> callKfunc(Insn.CallKfunc insn) {
            return Optional.empty();
        }

        @Override
        public Optional<Insn> exit(Insn.Exit insn) {
            return Optional.empty();
        }
    }
}
