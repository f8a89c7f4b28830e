// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.machine.Address;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Segment;

/**
 * A fast interpreter of programs on devices, for hundreds of millions of runs. It supports reads of
 * the context and of data sections, and arithmetic; no call or store may be executed. A pointer is
 * the number of a memory region, shifted by {@link #OFFSET}, plus the byte offset. An instance is
 * not thread-safe.
 */
final class DeviceProgram {
    private static final int OFFSET = 40;
    private static final int NONE = -1;
    private static final long LOW = 0xffff_ffffL;

    private final List<ByteBuffer> memory;
    private final Step[] steps;
    private final long[] regs = new long[Reg.values().length];

    /** An instruction, which returns the index of the next one. */
    @FunctionalInterface
    private interface Step {
        int run(long[] regs, ByteBuffer[] memory);
    }

    private final ByteBuffer[] spaces;

    DeviceProgram(LoadedProgram program) {
        this.memory = new ArrayList<>(List.of(ByteBuffer.allocate(0), space(12)));
        Map<String, Integer> numbers = new HashMap<>();
        program.symbols().forEach((name, symbol) -> {
            if (symbol instanceof Segment segment) {
                numbers.put(name, memory.size());
                memory.add(ByteBuffer.wrap(segment.content()).order(ByteOrder.nativeOrder()));
            }
        });
        Map<Integer, Integer> indices = new HashMap<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            indices.put(slot, indices.size());
            slot += insn.slots();
        }
        this.steps = new Step[indices.size()];
        slot = 0;
        for (int i = 0; i < steps.length; i++) {
            Insn insn = program.insns().get(i);
            int next = slot + insn.slots();
            Address address = program.addresses().get(slot);
            steps[i] = address != null && insn instanceof Insn.LoadImm64 load
                    ? constant(
                            load.dst(),
                            (long) Objects.requireNonNull(numbers.get(address.symbol())) << OFFSET | address.addend(),
                            i + 1)
                    : step(insn, i + 1, off -> Objects.requireNonNull(indices.get(next + off)));
            slot = next;
        }
        this.spaces = memory.toArray(ByteBuffer[]::new);
    }

    /** A resolver of jump distances in slots to indexes of instructions. */
    @FunctionalInterface
    private interface Places {
        int at(int off);
    }

    private static ByteBuffer space(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    /** Runs the program and returns the low half of r0. */
    int run(int type, int access, int major, int minor) {
        spaces[1].putInt(0, access << 16 | type).putInt(4, major).putInt(8, minor);
        regs[1] = 1L << OFFSET;
        int at = 0;
        while (at != NONE) {
            at = steps[at].run(regs, spaces);
        }
        return (int) regs[0];
    }

    private static Step constant(Reg reg, long value, int next) {
        int dst = reg.ordinal();
        return (regs, memory) -> {
            regs[dst] = value;
            return next;
        };
    }

    private static Step step(Insn insn, int next, Places places) {
        if (insn instanceof Insn.Exit) {
            return (regs, memory) -> NONE;
        } else if (insn instanceof Insn.Goto jump) {
            int to = places.at(jump.off());
            return (regs, memory) -> to;
        } else if (insn instanceof Insn.Jump jump) {
            return jump(jump, next, places.at(jump.off()));
        } else if (insn instanceof Insn.LoadImm64 load) {
            return constant(load.dst(), load.value(), next);
        } else if (insn instanceof Insn.Load load && !load.signed()) {
            return load(load, next);
        } else if (insn instanceof Insn.Neg neg) {
            int dst = neg.dst().ordinal();
            long mask = mask(neg.width());
            return (regs, memory) -> {
                regs[dst] = -regs[dst] & mask;
                return next;
            };
        } else if (insn instanceof Insn.Mov mov && mov.width() == mov.from()) {
            return computed(mov.dst(), mov.src(), mov.width(), (left, right) -> right, next);
        } else if (insn instanceof Insn.Alu alu) {
            return computed(alu.dst(), alu.src(), alu.width(), operation(alu), next);
        }
        return (regs, memory) -> {
            throw new IllegalStateException("a way that no request takes: " + insn);
        };
    }

    private static Step load(Insn.Load load, int next) {
        int dst = load.dst().ordinal();
        int src = load.src().ordinal();
        int off = load.off();
        Width width = load.width();
        return (regs, memory) -> {
            long pointer = regs[src] + off;
            ByteBuffer space = memory[(int) (pointer >>> OFFSET)];
            int at = (int) (pointer & (1L << OFFSET) - 1);
            regs[dst] = switch (width) {
                case B -> space.get(at) & 0xffL;
                case H -> space.getShort(at) & 0xffffL;
                case W -> space.getInt(at) & LOW;
                case DW -> space.getLong(at);
            };
            return next;
        };
    }

    /** An operation on two numbers. */
    @FunctionalInterface
    private interface Operation {
        long of(long left, long right);
    }

    private static long mask(Width width) {
        return width == Width.DW ? -1L : LOW;
    }

    private static Step computed(Reg reg, Operand operand, Width width, Operation operation, int next) {
        int dst = reg.ordinal();
        long mask = mask(width);
        if (operand instanceof Operand.OfReg from) {
            int src = from.reg().ordinal();
            return (regs, memory) -> {
                regs[dst] = operation.of(regs[dst] & mask, regs[src] & mask) & mask;
                return next;
            };
        }
        long value = ((Operand.OfImm) operand).value() & mask;
        return (regs, memory) -> {
            regs[dst] = operation.of(regs[dst] & mask, value) & mask;
            return next;
        };
    }

    private static Operation operation(Insn.Alu alu) {
        boolean wide = alu.width() == Width.DW;
        return switch (alu.op()) {
            case ADD -> (left, right) -> left + right;
            case SUB -> (left, right) -> left - right;
            case MUL -> (left, right) -> left * right;
            case OR -> (left, right) -> left | right;
            case AND -> (left, right) -> left & right;
            case XOR -> (left, right) -> left ^ right;
            case LSH -> (left, right) -> left << (wide ? right : right & 31);
            case RSH -> (left, right) -> left >>> (wide ? right : right & 31);
            case ARSH -> (left, right) -> wide ? left >> right : (int) left >> (right & 31);
            default -> throw new IllegalArgumentException("an operation of no program about devices: " + alu);
        };
    }

    private static Step jump(Insn.Jump jump, int next, int to) {
        int dst = jump.dst().ordinal();
        boolean wide = jump.width() == Width.DW;
        long mask = mask(jump.width());
        int src = jump.src() instanceof Operand.OfReg from ? from.reg().ordinal() : NONE;
        long number = jump.src() instanceof Operand.OfImm imm ? imm.value() & mask : 0;
        Test test = test(jump.op(), wide);
        return (regs, memory) -> test.holds(regs[dst] & mask, src == NONE ? number : regs[src] & mask) ? to : next;
    }

    /** A comparison of two numbers. */
    @FunctionalInterface
    private interface Test {
        boolean holds(long left, long right);
    }

    private static Test test(Insn.JumpOp op, boolean wide) {
        return switch (op) {
            case EQ -> (left, right) -> left == right;
            case NE -> (left, right) -> left != right;
            case GT -> (left, right) -> Long.compareUnsigned(left, right) > 0;
            case GE -> (left, right) -> Long.compareUnsigned(left, right) >= 0;
            case LT -> (left, right) -> Long.compareUnsigned(left, right) < 0;
            case LE -> (left, right) -> Long.compareUnsigned(left, right) <= 0;
            case SET -> (left, right) -> (left & right) != 0;
            case SGT -> (left, right) -> signed(left, wide) > signed(right, wide);
            case SGE -> (left, right) -> signed(left, wide) >= signed(right, wide);
            case SLT -> (left, right) -> signed(left, wide) < signed(right, wide);
            case SLE -> (left, right) -> signed(left, wide) <= signed(right, wide);
        };
    }

    private static long signed(long value, boolean wide) {
        return wide ? value : (int) value;
    }
}
