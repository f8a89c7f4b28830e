package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Symbols;

/**
 * The code of operations on state. An answer is in `r0`; all registers that calls destroy are used. Nothing stays in a register between
 * two calls of one operation: what has to lies in {@link StateFrame}.
 */
final class StateCode {
    private static final int MONITORED = 2;

    /** What stores use beside the value: a copy of it in another form, and a record's address. */
    static final Set<Reg> STORING = Collections.unmodifiableSet(EnumSet.of(Reg.R1, Reg.R2, Reg.R3, Reg.R4));

    private final Assembler assembler;
    private final Hook hook;
    private final ByteOrder order;

    StateCode(Assembler assembler, Hook hook, ByteOrder order) {
        this.assembler = assembler;
        this.hook = hook;
        this.order = order;
    }

    /** Whether the code of an operation reads the context. */
    static boolean needsContext(StateOp op) {
        return op instanceof StateOp.Count
                || op instanceof StateOp.Entry
                || op instanceof StateOp.PutName
                || op instanceof StateOp.PutPath
                || op instanceof StateOp.Remember
                || op instanceof StateOp.Recall
                || op instanceof StateOp.HandOver
                || op instanceof StateOp.AnswerOriginal;
    }

    /** The code; whether `r0` is an answer. */
    boolean emit(StateOp op, List<Reg> operands) {
        if (op instanceof StateOp.Standing) {
            standing();
        } else if (op instanceof StateOp.NewestUnlessMonitored) {
            newestUnlessMonitored();
        } else if (op instanceof StateOp.Covered covered) {
            new LiveCode(assembler, covered, operands).emit();
        } else if (op instanceof StateOp.Token token) {
            new RateCode(assembler).token(token);
        } else if (op instanceof StateOp.Entry entry) {
            new TableCode(assembler).emit(entry.table());
        } else if (op instanceof StateOp.Limit limit) {
            new RateCode(assembler).limit(limit);
        } else if (op instanceof StateOp.Reserve reserve) {
            new EventCode(assembler).reserve(reserve.header());
        } else if (op instanceof StateOp.PutPath path) {
            new EventCode(assembler).path(path);
        } else if (op instanceof StateOp.Remember) {
            new OriginCode(assembler, hook).remember();
        } else if (op instanceof StateOp.Recall) {
            new OriginCode(assembler, hook).recall();
        } else {
            silent(op, operands);
            return false;
        }
        return true;
    }

    /** Operations without an answer. */
    private void silent(StateOp op, List<Reg> operands) {
        if (op instanceof StateOp.Put put) {
            put(put, operands.get(0));
        } else if (op instanceof StateOp.PutNumber put) {
            putNumber(put);
        } else if (op instanceof StateOp.PutComm put) {
            putComm(put);
        } else if (op instanceof StateOp.Count count) {
            new CounterCode(assembler, hook, count).emit();
        } else if (op instanceof StateOp.Mark mark) {
            new EventCode(assembler).mark(mark.bits());
        } else if (op instanceof StateOp.PutName name) {
            new EventCode(assembler).name(name);
        } else if (op instanceof StateOp.Submit) {
            new EventCode(assembler).submit();
        } else if (op instanceof StateOp.HandOver) {
            new HandoverCode(assembler, order).handOver();
        } else if (op instanceof StateOp.AnswerOriginal) {
            new HandoverCode(assembler, order).answer();
        } else {
            throw new IllegalStateException("no code for " + op);
        }
    }

    private void standing() {
        Label older = new Label("older");
        Label done = new Label("stands");
        assembler
                .loadSymbol(Reg.R1, Symbols.CONTROL, 0)
                .load(Width.W, Reg.R2, Reg.R1, Symbols.CONTROL_LO)
                .load(Width.W, Reg.R3, Reg.R1, Symbols.CONTROL_HI)
                .loadSymbol(Reg.R4, Symbols.GENERATION, 0)
                .load(Width.W, Reg.R4, Reg.R4, 0)
                .mov(Reg.R0, 0)
                .jump(Insn.JumpOp.NE, Reg.R3, Reg.R4, older)
                .mov(Reg.R0, StateOp.Standing.ACTS)
                .bind(older)
                .store(Width.DW, Reg.R10, StateFrame.STANDING, Reg.R0)
                .jump32(Insn.JumpOp.SGE, Reg.R2, 0, done);
        time();
        assembler
                .load(Width.DW, Reg.R0, Reg.R10, StateFrame.STANDING)
                .jump(Insn.JumpOp.GE, Reg.R3, Reg.R1, done)
                .alu(Insn.AluOp.OR, Reg.R0, MONITORED)
                .store(Width.DW, Reg.R10, StateFrame.STANDING, Reg.R0)
                .bind(done);
    }

    /** Without a branch: the verifier then keeps what it knows where this way meets the other, and walks what follows once. */
    private void newestUnlessMonitored() {
        time();
        assembler
                .loadSymbol(Reg.R2, Symbols.CONTROL, 0)
                .load(Width.W, Reg.R0, Reg.R2, Symbols.CONTROL_HI)
                .alu(Insn.AluOp.SUB, Reg.R3, Reg.R1)
                .alu(Insn.AluOp.RSH, Reg.R3, Long.SIZE - 1)
                .alu(Insn.AluOp.SUB, Reg.R3, 1)
                .alu(Insn.AluOp.AND, Reg.R0, Reg.R3);
    }

    /** `r3` is the time, `r1` when monitor mode ends. */
    private void time() {
        assembler
                .call(Helper.KTIME_GET_BOOT_NS.id())
                .mov(Reg.R3, Reg.R0)
                .loadSymbol(Reg.R1, Symbols.CONTROL, 0)
                .load(Width.DW, Reg.R1, Reg.R1, Symbols.CONTROL_UNTIL);
    }

    private void put(StateOp.Put put, Reg value) {
        Reg written = value;
        if (put.form() != StateOp.Form.HOST) {
            written = value == Reg.R3 ? Reg.R4 : Reg.R3;
            assembler.mov(written, value);
            if (put.form() == StateOp.Form.NETWORK) {
                assembler.swapBe(written, put.width());
            } else {
                assembler.neg(Width.W, written);
            }
        }
        assembler.store(put.width(), base(put.place(), written), put.at(), written);
    }

    private void putNumber(StateOp.PutNumber put) {
        long number = put.number();
        boolean swapped = put.form() == StateOp.Form.NETWORK && order == ByteOrder.LITTLE_ENDIAN;
        int stored = switch (put.width()) {
            case B -> (int) number;
            case H -> swapped ? Short.reverseBytes((short) number) : (int) number;
            case W -> swapped ? Integer.reverseBytes((int) number) : (int) number;
            case DW -> {
                if (swapped || number != (int) number) {
                    throw new IllegalStateException("no instruction stores " + put);
                }
                yield (int) number;
            }
        };
        assembler.store(put.width(), base(put.place(), Reg.R0), put.at(), stored);
    }

    /** Where a place begins, in a register that is not this one. */
    private Reg base(StateOp.Place place, Reg other) {
        if (place == StateOp.Place.FRAME) {
            return Reg.R10;
        }
        Reg base = other == Reg.R1 ? Reg.R2 : Reg.R1;
        new EventCode(assembler).record(base);
        return base;
    }

    private void putComm(StateOp.PutComm put) {
        Stamp.Part comm = Stamp.part("comm");
        if (put.stamped()) {
            Reg base = base(put.place(), Reg.R0);
            for (int word = 0; word < comm.bytes(); word += Width.W.bytes()) {
                assembler
                        .load(Width.W, Reg.R2, Reg.R10, comm.frame() + word)
                        .store(Width.W, base, put.at() + word, Reg.R2);
            }
            return;
        }
        assembler
                .mov(Reg.R1, base(put.place(), Reg.R0))
                .alu(Insn.AluOp.ADD, Reg.R1, put.at())
                .mov(Reg.R2, comm.bytes())
                .call(Helper.GET_CURRENT_COMM.id());
    }
}
