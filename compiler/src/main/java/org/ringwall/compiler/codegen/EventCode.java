package org.ringwall.compiler.codegen;

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

/** A record in the ring: room for it, what it says, and its handing over. */
final class EventCode {
    private static final int PRESENT = EventLayout.HEADER.offset("present");

    /** `sun_path` and what is put behind it, in whole words. */
    private static final int PATH_BYTES = 112;

    private final Assembler assembler;

    EventCode(Assembler assembler) {
        this.assembler = assembler;
    }

    /** `dst` is the record's address. */
    Assembler record(Reg dst) {
        return assembler.load(Width.DW, dst, Reg.R10, StateFrame.RECORD);
    }

    /** `r0` is 1 and the record has its header, or 0 and one more is lost. */
    void reserve(StateOp.Header header) {
        Label have = new Label("have");
        Label done = new Label("reserved");
        int size = EventLayout.size(header.kind());
        assembler
                .loadSymbol(Reg.R1, StateNames.EVENTS, 0)
                .mov(Reg.R2, size)
                .mov(Reg.R3, 0)
                .call(Helper.RINGBUF_RESERVE.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, have);
        new MapCode(assembler).lose(StateNames.LOST, 0);
        if (header.limited()) {
            new RateCode(assembler).giveBack(header.rule());
        }
        assembler.mov(Reg.R0, 0).goTo(done).bind(have).store(Width.DW, Reg.R10, StateFrame.RECORD, Reg.R0);
        for (int off = 0; off < size; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R0, off, 0);
        }
        fixed(header);
        assembler.call(Helper.KTIME_GET_BOOT_NS.id());
        record(Reg.R1)
                .store(Width.DW, Reg.R1, EventLayout.HEADER.offset("time"), Reg.R0)
                .loadSymbol(Reg.R2, Symbols.GENERATION, 0)
                .load(Width.W, Reg.R2, Reg.R2, 0)
                .store(Width.W, Reg.R1, EventLayout.HEADER.offset("generation"), Reg.R2)
                .mov(Reg.R0, 1)
                .bind(done);
    }

    private void fixed(StateOp.Header header) {
        number(Width.H, "rule", header.rule());
        number(Width.B, "hook", header.hook().attachType());
        number(Width.B, "kind", header.kind().number());
        number(Width.B, "verdict", header.verdict());
        if (header.verdict() == EventLayout.DENIED) {
            number(Width.H, "errno", header.errno());
            assembler.store(Width.W, Reg.R0, PRESENT, EventLayout.bit(header.kind(), "errno"));
        }
        if (header.monitored()) {
            number(Width.B, "monitored", 1);
        } else {
            assembler
                    .load(Width.DW, Reg.R1, Reg.R10, StateFrame.STANDING)
                    .alu(Insn.AluOp.RSH, Reg.R1, 1)
                    .store(Width.B, Reg.R0, EventLayout.HEADER.offset("monitored"), Reg.R1);
        }
        if (header.limited()) {
            assembler
                    .load(Width.DW, Reg.R1, Reg.R10, StateFrame.SUPPRESSED)
                    .store(Width.W, Reg.R0, EventLayout.HEADER.offset("suppressed"), Reg.R1);
        }
    }

    private void number(Width width, String member, int number) {
        assembler.store(width, Reg.R0, EventLayout.HEADER.offset(member), number);
    }

    void mark(int bits) {
        record(Reg.R1)
                .load(Width.W, Reg.R2, Reg.R1, PRESENT)
                .alu(Insn.AluOp.OR, Reg.R2, bits)
                .store(Width.W, Reg.R1, PRESENT, Reg.R2);
    }

    /** The kernel cuts a name off that is too long. */
    void name(StateOp.PutName op) {
        assembler.mov(Reg.R1, Body.CONTEXT);
        record(Reg.R2)
                .alu(Insn.AluOp.ADD, Reg.R2, op.at())
                .mov(Reg.R3, op.size())
                .mov(Reg.R4, 0)
                .call(Helper.SYSCTL_GET_NAME.id());
    }

    /** `r0` is 1 where there is a name that can be told, else 0. */
    void path(StateOp.PutPath op) {
        if (op.size() != PATH_BYTES) {
            throw new IllegalStateException("a path of " + op.size() + " bytes");
        }
        Label none = new Label("none");
        Label done = new Label("told");
        for (int off = -PATH_BYTES; off < 0; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off, 0);
        }
        new UnixPath(assembler, PATH_BYTES).read();
        assembler.jump(Insn.JumpOp.SLE, Reg.R0, 0, none);
        record(Reg.R1);
        for (int off = 0; off < PATH_BYTES; off += Width.DW.bytes()) {
            assembler.load(Width.DW, Reg.R2, Reg.R10, off - PATH_BYTES).store(Width.DW, Reg.R1, op.at() + off, Reg.R2);
        }
        assembler.mov(Reg.R0, 1).goTo(done).bind(none).mov(Reg.R0, 0).bind(done);
    }

    void submit() {
        record(Reg.R1).mov(Reg.R2, 0).call(Helper.RINGBUF_SUBMIT.id());
    }
}
