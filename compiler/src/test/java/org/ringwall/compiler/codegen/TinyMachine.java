// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.SymbolRef;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.tables.DataTable;

/**
 * An interpreter of exactly the instructions that the generator emits: any other instruction or
 * access is a failure. Registers clobbered by a call contain garbage afterwards.
 */
final class TinyMachine {
    private static final long TIME = 1_000_000;
    private static final long CONTEXT = 0x1_0000_0000L;
    private static final long STACK = 0x2_0000_0000L;
    private static final long GLOBALS = 0x3_0000_0000L;
    private static final int STACK_SIZE = 512;
    private static final long RUBBISH = 0xdead_beef_0bad_cafeL;

    private final Assembly assembly;
    private final ByteOrder order;
    private final ByteBuffer context;
    private final ByteBuffer stack;
    private final ByteBuffer globals;
    private final Map<Integer, Insn> code = new HashMap<>();
    private final Map<Integer, Long> addresses = new HashMap<>();
    private final Map<String, Integer> places = new HashMap<>();
    private final long[] regs = new long[11];

    /** The results of helpers, and what was passed to them. */
    long uidGid;

    byte[] name = new byte[0];
    long retval;

    /** The current value of the sysctl, the value written to it, and the task's name. */
    byte[] value = new byte[0];

    byte[] newValue = new byte[0];
    byte[] comm = new byte[0];

    TinyMachine(Assembly assembly, ByteOrder order, int contextSize) {
        this(assembly, order, contextSize, Map.of());
    }

    /** Creates a machine with these tables among its globals. */
    TinyMachine(Assembly assembly, ByteOrder order, int contextSize, Collection<DataTable> tables) {
        this(assembly, order, contextSize, contents(tables, order));
    }

    private static Map<String, byte[]> contents(Collection<DataTable> tables, ByteOrder order) {
        Map<String, byte[]> contents = new HashMap<>();
        tables.forEach(table -> table.pieces(order).forEach(piece -> contents.put(piece.symbol(), piece.content())));
        return contents;
    }

    /** Creates a machine with these contents of globals. */
    TinyMachine(Assembly assembly, ByteOrder order, int contextSize, Map<String, byte[]> tables) {
        this.assembly = assembly;
        this.order = order;
        this.context = ByteBuffer.allocate(contextSize).order(order);
        this.stack = ByteBuffer.allocate(STACK_SIZE).order(order);
        this.globals = ByteBuffer.allocate(4096
                        + tables.values().stream()
                                .mapToInt(table -> table.length)
                                .sum())
                .order(order);
        int end = 4096;
        for (Map.Entry<String, byte[]> table : tables.entrySet()) {
            places.put(table.getKey(), end);
            globals.put(end, table.getValue());
            end += table.getValue().length;
        }
        int slot = 0;
        for (Insn insn : assembly.insns()) {
            code.put(slot, insn);
            slot += insn.slots();
        }
        for (SymbolRef symbol : assembly.symbols()) {
            int place = places.computeIfAbsent(symbol.name(), name -> places.size() * 32);
            addresses.put(symbol.slot(), GLOBALS + place);
        }
    }

    ByteBuffer context() {
        return context;
    }

    void global32(String symbol, int offset, int value) {
        globals.putInt(places.getOrDefault(symbol, 4000) + offset, value);
    }

    void global64(String symbol, long value) {
        globals.putLong(places.getOrDefault(symbol, 4000), value);
    }

    long run() {
        regs[1] = CONTEXT;
        regs[10] = STACK + STACK_SIZE;
        int slot = 0;
        while (true) {
            Insn insn = code.get(slot);
            if (insn == null) {
                throw new AssertionError("no instruction at slot " + slot + " of " + assembly);
            }
            if (insn instanceof Insn.Exit) {
                return regs[0];
            }
            int next = slot + insn.slots();
            if (insn instanceof Insn.Goto jump) {
                next += jump.off();
            } else if (insn instanceof Insn.Jump jump) {
                next += holds(jump) ? jump.off() : 0;
            } else {
                step(insn, slot);
            }
            slot = next;
        }
    }

    private void step(Insn insn, int slot) {
        if (insn instanceof Insn.Mov mov) {
            set(mov.dst(), narrow(value(mov.src()), mov.width()));
        } else if (insn instanceof Insn.Alu alu) {
            alu(alu);
        } else if (insn instanceof Insn.Neg neg) {
            set(neg.dst(), narrow(-get(neg.dst()), neg.width()));
        } else if (insn instanceof Insn.Swap swap) {
            ByteOrder to = swap.op() == Insn.SwapOp.LE ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            set(swap.dst(), ordered(get(swap.dst()), swap.width(), to));
        } else if (insn instanceof Insn.Load load) {
            set(load.dst(), load(get(load.src()) + load.off(), load.width()));
        } else if (insn instanceof Insn.Store store) {
            int at = Math.toIntExact(get(store.dst()) + store.off() - STACK);
            stack.putLong(at, value(store.src()));
        } else if (insn instanceof Insn.LoadImm64 load) {
            set(load.dst(), addresses.getOrDefault(slot, load.value()));
        } else if (insn instanceof Insn.CallHelper call) {
            set(Reg.R0, helper(call.id()));
            for (int i = 1; i <= 5; i++) {
                regs[i] = RUBBISH + i;
            }
        } else {
            throw new AssertionError("unexpected " + insn);
        }
    }

    private void alu(Insn.Alu alu) {
        long left = narrow(get(alu.dst()), alu.width());
        long right = narrow(value(alu.src()), alu.width());
        set(
                alu.dst(),
                narrow(
                        switch (alu.op()) {
                            case ADD -> left + right;
                            case SUB -> left - right;
                            case MUL -> left * right;
                            case XOR -> left ^ right;
                            case AND -> left & right;
                            case OR -> left | right;
                            case LSH -> left << right;
                            case RSH -> left >>> right;
                            case ARSH -> left >> right;
                            default -> throw new AssertionError("unexpected " + alu);
                        },
                        alu.width()));
    }

    private long ordered(long value, Width width, ByteOrder to) {
        long low = width == Width.DW ? value : value & (1L << width.bits()) - 1;
        return order == to ? low : Long.reverseBytes(low) >>> 64 - width.bits();
    }

    private long load(long address, Width width) {
        ByteBuffer memory = address >= GLOBALS ? globals : address >= STACK ? stack : context;
        int at = (int) address;
        return switch (width) {
            case B -> memory.get(at) & 0xffL;
            case W -> memory.getInt(at) & 0xffff_ffffL;
            case DW -> memory.getLong(at);
            case H -> memory.getShort(at) & 0xffffL;
        };
    }

    private static long signed(long number, Width width) {
        return width == Width.W ? (int) number : number;
    }

    private boolean holds(Insn.Jump jump) {
        long left = narrow(get(jump.dst()), jump.width());
        long right = narrow(value(jump.src()), jump.width());
        int order = Long.compareUnsigned(left, right);
        return switch (jump.op()) {
            case EQ -> order == 0;
            case NE -> order != 0;
            case GT -> order > 0;
            case GE -> order >= 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case SET -> (left & right) != 0;
            case SLT -> signed(left, jump.width()) < signed(right, jump.width());
            case SGE -> signed(left, jump.width()) >= signed(right, jump.width());
            default -> throw new AssertionError("unexpected " + jump);
        };
    }

    private long helper(int id) {
        Helper helper = Helper.of(id).orElseThrow();
        return switch (helper) {
            case GET_CURRENT_UID_GID -> uidGid;
            case GET_RETVAL -> retval;
            case KTIME_GET_BOOT_NS -> TIME;
            case SET_RETVAL -> {
                retval = (int) regs[1];
                yield 0;
            }
            case SYSCTL_GET_NAME -> copyName();
            case SYSCTL_GET_CURRENT_VALUE -> copyValue(value);
            case SYSCTL_GET_NEW_VALUE -> copyValue(newValue);
            case GET_CURRENT_COMM -> copyComm();
            default -> throw new AssertionError("unexpected " + helper);
        };
    }

    /**
     * Copies the name as the kernel does: truncated with -E2BIG if it does not fit. The bytes after
     * the NUL are undefined.
     */
    private long copyName() {
        if (regs[1] != CONTEXT || regs[4] != 0) {
            throw new AssertionError("sysctl_get_name(%x, …, %x)".formatted(regs[1], regs[4]));
        }
        int at = Math.toIntExact(regs[2] - STACK);
        int size = (int) regs[3];
        for (int i = 0; i < size; i++) {
            stack.put(at + i, (byte) 0xee);
        }
        int copied = Math.min(name.length, size - 1);
        stack.put(at, name, 0, copied).put(at + copied, (byte) 0);
        return name.length < size ? name.length : -7;
    }

    /** Copies a value as `copy_sysctl_value` does. */
    private long copyValue(byte[] text) {
        if (regs[1] != CONTEXT) {
            throw new AssertionError("a value of " + regs[1]);
        }
        int at = Math.toIntExact(regs[2] - STACK);
        int size = (int) regs[3];
        stack.put(at, new byte[size]);
        stack.put(at, text, 0, Math.min(text.length, size));
        if (text.length == 0) {
            return -22;
        }
        if (text.length < size) {
            return text.length;
        }
        stack.put(at + size - 1, (byte) 0);
        return -7;
    }

    private long copyComm() {
        int at = Math.toIntExact(regs[1] - STACK);
        int size = (int) regs[2];
        stack.put(at, new byte[size]);
        stack.put(at, comm, 0, Math.min(comm.length, size - 1));
        return 0;
    }

    private static long narrow(long value, Width width) {
        return width == Width.W ? value & 0xffff_ffffL : value;
    }

    private long value(Operand operand) {
        return operand instanceof Operand.OfReg reg ? get(reg.reg()) : ((Operand.OfImm) operand).value();
    }

    private long get(Reg reg) {
        return regs[reg.number()];
    }

    private void set(Reg reg, long value) {
        regs[reg.number()] = value;
    }
}
