// SPDX-License-Identifier: Apache-2.0
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
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Symbols;

/**
 * The code of state operations. A result is in `r0`; all registers that calls destroy are used. No
 * register keeps a value between two calls of one operation; such values are stored in
 * {@link StateFrame}.
 */
final class StateCode {
    private static final int MONITORED = 2;

    /**
     * The registers that stores use besides the value: a copy of it in another form, and a record's
     * address.
     */
    static final Set<Reg> STORING = Collections.unmodifiableSet(EnumSet.of(Reg.R1, Reg.R2, Reg.R3, Reg.R4));

    /**
     * The registers that a store to the frame uses for a value in another form: one of these, which
     * the value is not in.
     */
    static final Set<Reg> COPYING = Collections.unmodifiableSet(EnumSet.of(Reg.R3, Reg.R4));

    private final Assembler assembler;
    private final MapCode maps;
    private final Hook hook;
    private final ByteOrder order;
    private final Reg context;
    private final StampCode stamps;
    private final boolean based;
    private final OutOfLine outOfLine;

    /**
     * @param maps finds the maps
     * @param context the register of the context
     * @param stamps reads the stamps of sockets
     * @param based whether {@link EventCode#BASE} is the record's address
     */
    StateCode(
            Assembler assembler,
            MapCode maps,
            Hook hook,
            ByteOrder order,
            Reg context,
            StampCode stamps,
            boolean based,
            OutOfLine outOfLine) {
        this.assembler = assembler;
        this.maps = maps;
        this.hook = hook;
        this.order = order;
        this.context = context;
        this.stamps = stamps;
        this.based = based;
        this.outOfLine = outOfLine;
    }

    private EventCode event() {
        return new EventCode(assembler, maps, order, based, outOfLine);
    }

    /**
     * Returns whether the code leaves the record's address in {@link EventCode#BASE} for the
     * operations that follow.
     */
    static boolean leavesBase(StateOp op) {
        return op instanceof StateOp.Mark
                || op instanceof StateOp.Store store && store.place() == StateOp.Place.RECORD
                || op instanceof StateOp.PutComm comm && comm.place() == StateOp.Place.RECORD && comm.stamped();
    }

    /** Returns whether the code of an operation reads the context. */
    static boolean needsContext(StateOp op) {
        return op instanceof StateOp.Count count && CounterCode.needsContext(count)
                || op instanceof StateOp.Entry
                || op instanceof StateOp.PutText
                || op instanceof StateOp.Store store && store.place() == StateOp.Place.CONTEXT
                || op instanceof StateOp.SetOption;
    }

    /** Emits the code. Returns whether the operation has a result in `r0`. */
    boolean emit(StateOp op, List<OperandLocation> operands) {
        if (op instanceof StateOp.Covered covered) {
            new LiveCode(assembler, maps, order, covered, operands).emit();
        } else if (op instanceof StateOp.Token token) {
            new RateCode(assembler, maps, outOfLine).token(token);
        } else if (op instanceof StateOp.Entry entry) {
            new TableCode(assembler, maps, hook, order).emit(entry.table());
        } else if (op instanceof StateOp.Limit limit) {
            new RateCode(assembler, maps, outOfLine).limit(limit);
        } else if (op instanceof StateOp.Reserve reserve) {
            event().reserve(reserve);
        } else if (op instanceof StateOp.PutText text) {
            return event().text(text);
        } else {
            silent(op, operands);
            return false;
        }
        return true;
    }

    /** Emits operations without a result. */
    private void silent(StateOp op, List<OperandLocation> operands) {
        if (op instanceof StateOp.Store store) {
            store(store, operands);
        } else if (op instanceof StateOp.PutComm put) {
            putComm(put);
        } else if (op instanceof StateOp.Note note) {
            note(note);
        } else if (op instanceof StateOp.SetOption set && set.name().isPresent()) {
            OptionCalls.set(assembler, order, set.option(), set.name().get());
        } else if (op instanceof StateOp.SetOption set) {
            OptionCalls.set(assembler, set.option(), operands.get(0).reg());
        } else if (op instanceof StateOp.Count count) {
            new CounterCode(assembler, maps, hook, count, outOfLine).emit();
        } else if (op instanceof StateOp.Mark mark) {
            event().mark(mark.bits());
        } else {
            throw new IllegalStateException("no code for " + op);
        }
    }

    /** Emits the code. Returns whether there is a result in `r0`. */
    boolean emit(Intrinsic op) {
        switch (op) {
            case LEAVE_TO_KERNEL -> new OptionStart(assembler, hook).emit();
            case FIND_ROUTE -> new PacketRoute(assembler, order, outOfLine).find();
            case STAMP_SOCKET -> stamps.write();
            case LOAD_STAMP -> stamps.find(hook);
            case GENERATION_STATE -> generationState();
            case CALLER -> stamps.caller(hook);
            case NOW -> assembler.call(Helper.KTIME_GET_BOOT_NS.id());
            case CONNECTED -> ConnectedCode.emit(assembler, order, context);
            case FOLLOW -> new ConnectionCode(assembler, maps).follow();
            case REMEMBER -> new OriginCode(assembler, hook).remember();
            case RECALL -> new OriginCode(assembler, hook).recall();
            case SEGMENTS, SUBMIT, DROP_ORIGINAL, HAND_OVER, ANSWER_ORIGINAL -> {
                silent(op);
                return false;
            }
        }
        return true;
    }

    private void silent(Intrinsic op) {
        switch (op) {
            case SEGMENTS -> new SegmentCode(assembler, outOfLine).find();
            case SUBMIT -> event().submit();
            case DROP_ORIGINAL -> new OriginCode(assembler, hook).drop();
            case HAND_OVER -> new OriginalDestinationCode(assembler, maps, order, stamps).handOver();
            case ANSWER_ORIGINAL -> new OriginalDestinationCode(assembler, maps, order, stamps).answer();
            default -> throw new IllegalStateException("no code for " + op);
        }
    }

    /**
     * Loads the instance state of the generation. No branch distinguishes the newest from an older
     * generation, so that the verifier walks the following code once.
     */
    private void generationState() {
        Label monitored = new Label("monitored");
        Label done = new Label("stands");
        assembler
                .loadSymbol(Reg.R1, Symbols.CONTROL, 0)
                .load(Width.W, Reg.R2, Reg.R1, Symbols.CONTROL_LO)
                .load(Width.W, Reg.R3, Reg.R1, Symbols.CONTROL_HI)
                .loadSymbol(Reg.R4, Symbols.GENERATION, 0)
                .load(Width.W, Reg.R4, Reg.R4, 0)
                .mov(Reg.R0, Reg.R3)
                .alu(Insn.AluOp.XOR, Reg.R0, Reg.R4)
                .alu(Insn.AluOp.SUB, Reg.R0, 1)
                .alu(Insn.AluOp.RSH, Reg.R0, Long.SIZE - 1)
                .store(Width.W, Reg.R10, StateFrame.GENERATION_STATE, Reg.R0)
                .jump32(Insn.JumpOp.SLT, Reg.R2, 0, monitored);
        outOfLine.add(monitored, done, () -> {
            time();
            assembler
                    .load(Width.W, Reg.R0, Reg.R10, StateFrame.GENERATION_STATE)
                    .jump(Insn.JumpOp.GE, Reg.R3, Reg.R1, done)
                    .alu(Insn.AluOp.OR, Reg.R0, MONITORED)
                    .store(Width.W, Reg.R10, StateFrame.GENERATION_STATE, Reg.R0)
                    .goTo(done);
        });
        assembler.bind(done);
    }

    /** Sets `r3` to the time and `r1` to the end of monitor mode. */
    private void time() {
        assembler
                .call(Helper.KTIME_GET_BOOT_NS.id())
                .mov(Reg.R3, Reg.R0)
                .loadSymbol(Reg.R1, Symbols.CONTROL, 0)
                .load(Width.DW, Reg.R1, Reg.R1, Symbols.CONTROL_UNTIL);
    }

    /**
     * Uses an atomic addition, because the verifier does not track its result (check_atomic in
     * kernel/bpf/verifier.c).
     */
    private void note(StateOp.Note note) {
        if (note.added() == (int) note.added()) {
            assembler.mov(Reg.R1, (int) note.added());
        } else {
            assembler.loadImm64(Reg.R1, note.added());
        }
        assembler.atomicAdd(Width.DW, Reg.R10, note.at(), Reg.R1);
    }

    private void store(StateOp.Store store, List<OperandLocation> operands) {
        if (store.number().isPresent()) {
            storeNumber(store, store.number().getAsLong());
            return;
        }
        OperandLocation written = operands.get(0);
        Reg value = written.reg();
        Reg base = base(store.place());
        Reg copy = value == Reg.R3 ? Reg.R4 : Reg.R3;
        switch (store.form()) {
            case HOST -> assembler.store(store.width(), base, store.at(), value);
            case NEGATED -> assembler.mov(copy, value).neg(Width.W, copy).store(store.width(), base, store.at(), copy);
            case NETWORK ->
                assembler.store(
                        store.width(), base, store.at(), written.inNetworkOrder(assembler, copy, store.width()));
            case MAPPED -> new FrameWords(assembler, order).mapped(written, copy, store.at());
        }
    }

    private void storeNumber(StateOp.Store store, long number) {
        boolean swapped = store.form() == StateOp.Form.NETWORK && order == ByteOrder.LITTLE_ENDIAN;
        long stored = switch (store.width()) {
            case B -> number;
            case H -> swapped ? Short.reverseBytes((short) number) : number;
            case W -> swapped ? Integer.reverseBytes((int) number) : number;
            case DW -> swapped ? Long.reverseBytes(number) : number;
        };
        Reg base = base(store.place());
        if (store.width() == Width.DW && !fits(store.form(), number)) {
            assembler.loadImm64(Reg.R3, stored).store(Width.DW, base, store.at(), Reg.R3);
        } else {
            assembler.store(store.width(), base, store.at(), (int) stored);
        }
    }

    /** Returns whether an instruction can hold the number in both byte orders. */
    private static boolean fits(StateOp.Form form, long number) {
        long turned = form == StateOp.Form.NETWORK ? Long.reverseBytes(number) : number;
        return number == (int) number && turned == (int) turned;
    }

    /** Returns the register with the start of a place. */
    private Reg base(StateOp.Place place) {
        return switch (place) {
            case FRAME -> Reg.R10;
            case CONTEXT -> InstructionSelector.CONTEXT;
            case RECORD -> {
                event().record(EventCode.BASE);
                yield EventCode.BASE;
            }
        };
    }

    private void putComm(StateOp.PutComm put) {
        Stamp.Part comm = Stamp.part("comm");
        if (put.stamped()) {
            copyStamped(put, comm);
            return;
        }
        stamps.ofCaller(outOfLine, () -> copyStamped(put, comm), () -> {
            Reg base = base(put.place());
            if (base != Reg.R1) {
                assembler.mov(Reg.R1, base);
            }
            assembler
                    .alu(Insn.AluOp.ADD, Reg.R1, put.at())
                    .mov(Reg.R2, comm.bytes())
                    .call(Helper.GET_CURRENT_COMM.id());
        });
    }

    private void copyStamped(StateOp.PutComm put, Stamp.Part comm) {
        Reg base = base(put.place());
        assembler.load(Width.DW, Reg.R3, Reg.R10, Stamp.ADDRESS);
        for (int word = 0; word < comm.bytes(); word += Width.W.bytes()) {
            assembler.load(Width.W, Reg.R2, Reg.R3, comm.offset() + word).store(Width.W, base, put.at() + word, Reg.R2);
        }
    }
}
