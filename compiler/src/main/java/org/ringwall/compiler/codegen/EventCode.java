// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Symbols;

/** The code of a record in the ring buffer: reserving, filling and submitting it. */
final class EventCode {
    private static final int TIME = EventLayout.HEADER.offset("time");
    private static final int PRESENT = EventLayout.HEADER.offset("present");
    private static final int MONITORED = EventLayout.HEADER.offset("monitored");

    /** The size of `sun_path` with a NUL, rounded up to whole words. */
    private static final int PATH_BYTES = 112;

    /** The register in which the record's address is left for the operations that follow. */
    static final Reg BASE = Reg.R1;

    private final Assembler assembler;
    private final MapCode maps;
    private final ByteOrder order;
    private final boolean based;
    private final OutOfLine outOfLine;

    /** @param based whether {@link #BASE} is the record's address */
    EventCode(Assembler assembler, MapCode maps, ByteOrder order, boolean based, OutOfLine outOfLine) {
        this.assembler = assembler;
        this.maps = maps;
        this.order = order;
        this.based = based;
        this.outOfLine = outOfLine;
    }

    /** Sets `dst` to the record's address. */
    Assembler record(Reg dst) {
        return based && dst == BASE ? assembler : assembler.load(Width.DW, dst, Reg.R10, StateFrame.RECORD);
    }

    /**
     * Reserves a record and fills in its known members. Sets `r0` to 1, or to 0 after counting a
     * lost record.
     */
    void reserve(StateOp.Reserve op) {
        Label have = new Label("have");
        Label full = new Label("full");
        Label done = new Label("reserved");
        StateOp.Header header = op.header();
        assembler
                .loadSymbol(Reg.R1, StateNames.EVENTS, 0)
                .mov(Reg.R2, EventLayout.size(header.kind()))
                .mov(Reg.R3, 0)
                .call(Helper.RINGBUF_RESERVE.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, full);
        outOfLine.add(full, have, () -> {
            maps.lose(StateNames.LOST, 0);
            if (header.limited()) {
                new RateCode(assembler, maps, outOfLine).giveBack(header.rule());
            }
            assembler.mov(Reg.R0, 0).goTo(done);
        });
        assembler.bind(have).store(Width.DW, Reg.R10, StateFrame.RECORD, Reg.R0);
        for (long rest = op.zeroed(); rest != 0; rest &= rest - 1) {
            assembler.store(Width.DW, Reg.R0, Long.numberOfTrailingZeros(rest) * Long.BYTES, 0);
        }
        fixed(header, op.known());
        if (header.limited()) {
            assembler.load(Width.DW, Reg.R2, Reg.R10, RateCode.TIME).store(Width.DW, Reg.R0, TIME, Reg.R2);
        } else {
            assembler.call(Helper.KTIME_GET_BOOT_NS.id());
            assembler.load(Width.DW, Reg.R1, Reg.R10, StateFrame.RECORD).store(Width.DW, Reg.R1, TIME, Reg.R0);
        }
        assembler.mov(Reg.R0, 1).bind(done);
    }

    /** Writes the first 28 bytes except for the time; preserves `r0`. */
    private void fixed(StateOp.Header header, int known) {
        ByteBuffer bytes = ByteBuffer.allocate(EventLayout.HEADER.size()).order(order);
        boolean denied = header.verdict() == EventLayout.DENIED;
        bytes.putShort(EventLayout.HEADER.offset("rule"), (short) header.rule())
                .put(EventLayout.HEADER.offset("hook"), (byte) header.hook().attachType())
                .put(EventLayout.HEADER.offset("kind"), (byte) header.kind().number())
                .putInt(PRESENT, known)
                .put(EventLayout.HEADER.offset("verdict"), (byte) header.verdict())
                .put(MONITORED, (byte) (header.monitored() ? 1 : 0))
                .putShort(EventLayout.HEADER.offset("errno"), (short) (denied ? header.errno() : 0));
        assembler
                .loadSymbol(Reg.R2, Symbols.GENERATION, 0)
                .load(Width.W, Reg.R2, Reg.R2, 0)
                .store(Width.W, Reg.R0, EventLayout.HEADER.offset("generation"), Reg.R2);
        for (String member : List.of("rule", "present", "verdict", "suppressed")) {
            int at = EventLayout.HEADER.offset(member);
            assembler.store(Width.W, Reg.R0, at, bytes.getInt(at));
        }
        if (header.rule() == StateOp.Header.NOTED) {
            assembler
                    .load(Width.DW, Reg.R1, Reg.R10, StateFrame.PENDING)
                    .store(Width.H, Reg.R0, EventLayout.HEADER.offset("rule"), Reg.R1);
        }
        if (!header.monitored()) {
            assembler
                    .load(Width.W, Reg.R1, Reg.R10, StateFrame.GENERATION_STATE)
                    .alu(Insn.AluOp.RSH, Reg.R1, 1)
                    .store(Width.B, Reg.R0, MONITORED, Reg.R1);
        }
        if (header.limited()) {
            assembler
                    .load(Width.DW, Reg.R1, Reg.R10, StateFrame.SUPPRESSED)
                    .store(Width.W, Reg.R0, EventLayout.HEADER.offset("suppressed"), Reg.R1);
        }
    }

    void mark(int bits) {
        record(Reg.R1)
                .load(Width.W, Reg.R2, Reg.R1, PRESENT)
                .alu(Insn.AluOp.OR, Reg.R2, bits)
                .store(Width.W, Reg.R1, PRESENT, Reg.R2);
    }

    /** Writes a text. Returns whether `r0` says if there is one. */
    boolean text(StateOp.PutText op) {
        switch (op.text()) {
            case SYSCTL -> name(op);
            case PATH -> path(op);
        }
        return op.text() == StateOp.Text.PATH;
    }

    /** Writes the sysctl's name; the kernel truncates it if it is too long. */
    private void name(StateOp.PutText op) {
        assembler.mov(Reg.R1, InstructionSelector.CONTEXT);
        record(Reg.R2)
                .alu(Insn.AluOp.ADD, Reg.R2, op.at())
                .mov(Reg.R3, op.size())
                .mov(Reg.R4, 0)
                .call(Helper.SYSCTL_GET_NAME.id());
    }

    /**
     * Writes the path of a Unix socket. Sets `r0` to 1 if it has one that can be reported, else to
     * 0.
     */
    private void path(StateOp.PutText op) {
        if (op.size() != PATH_BYTES) {
            throw new IllegalStateException("a path of " + op.size() + " bytes");
        }
        Label none = new Label("none");
        Label done = new Label("done");
        for (int off = -PATH_BYTES; off < 0; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off, 0);
        }
        new UnixPath(assembler, order, PATH_BYTES).read();
        assembler.jump(Insn.JumpOp.SLE, Reg.R0, 0, none).load(Width.DW, Reg.R1, Reg.R10, StateFrame.RECORD);
        for (int off = 0; off < PATH_BYTES; off += Width.DW.bytes()) {
            assembler.load(Width.DW, Reg.R2, Reg.R10, off - PATH_BYTES).store(Width.DW, Reg.R1, op.at() + off, Reg.R2);
        }
        assembler.mov(Reg.R0, 1).goTo(done).bind(none).mov(Reg.R0, 0).bind(done);
    }

    void submit() {
        record(Reg.R1).mov(Reg.R2, 0).call(Helper.RINGBUF_SUBMIT.id());
    }
}
