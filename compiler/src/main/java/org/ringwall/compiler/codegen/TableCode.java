// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.compiler.ir.StateFrame;

/**
 * The code that looks up a request's key in a table. It sets `r0` to 1 and stores one of the
 * entry's destinations in the frame, or sets `r0` to 0.
 */
final class TableCode {
    /** Knuth's multiplicative hash, in 32 bits (docs/semantics.md section 12). */
    private static final long FACTOR = 2654435761L;

    private static final int MIDDLE = 8;
    private static final int LAST = 12;

    private final Assembler assembler;
    private final MapCode maps;
    private final boolean v4;
    private final FrameWords words;

    /** Creates code for a hook. At IPv4 hooks only the last word of an address is used. */
    TableCode(Assembler assembler, MapCode maps, Hook hook, ByteOrder order) {
        this.assembler = assembler;
        this.maps = maps;
        this.v4 = hook.is(AddressFamily.INET);
        this.words = new FrameWords(assembler, order);
    }

    void emit(TableLayout table) {
        Label none = new Label("none");
        Label done = new Label("found");
        for (int word = StateFrame.FINAL; word < StateFrame.ORIGINAL; word += Long.BYTES) {
            assembler.store(Width.DW, Reg.R10, word, 0);
        }
        maps.lookUpInner(StateNames.table(table.name()), none);
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, none);
        if (table.choices() == 1) {
            assembler.load(Width.W, Reg.R1, Reg.R0, 0).jump(Insn.JumpOp.NE, Reg.R1, 1, none);
            take(Reg.R0, table.value().offset("to"));
        } else {
            choose(table, none);
            take(Reg.R1, table.value().offset("to"));
        }
        assembler.mov(Reg.R0, 1).goTo(done).bind(none).mov(Reg.R0, 0).bind(done);
    }

    /** Copies one of the entry's destinations to the frame. */
    private void take(Reg entry, int at) {
        assembler
                .load(Width.W, Reg.R2, entry, at + TableLayout.ENDPOINT.offset("port"))
                .store(Width.W, Reg.R10, StateFrame.FINAL + StateFrame.PORT, Reg.R2);
        if (v4) {
            assembler.load(Width.W, Reg.R2, entry, at + LAST);
            words.mapped(new OperandLocation(Reg.R2, true), Reg.R3, StateFrame.FINAL + MIDDLE);
            return;
        }
        for (int half = 0; half < StateFrame.PORT; half += Long.BYTES) {
            assembler.load(Width.W, Reg.R2, entry, at + half).load(Width.W, Reg.R3, entry, at + half + Integer.BYTES);
            words.both(Reg.R2, Reg.R3, StateFrame.FINAL + half);
        }
    }

    /**
     * Sets `r1` to the entry's address plus the offset of the chosen destination from the first
     * one. Branches to `none` if the entry's count is not valid.
     */
    private void choose(TableLayout table, Label none) {
        assembler
                .store(Width.DW, Reg.R10, MapCode.own(0), Reg.R0)
                .mov(Reg.R1, InstructionSelector.CONTEXT)
                .call(Helper.GET_SOCKET_COOKIE.id())
                .loadImm64(Reg.R2, FACTOR)
                .alu(Insn.AluOp.MUL, Reg.R0, Reg.R2)
                .mov32(Reg.R0, Reg.R0)
                .load(Width.DW, Reg.R1, Reg.R10, MapCode.own(0))
                .load(Width.W, Reg.R2, Reg.R1, 0)
                .jump(Insn.JumpOp.EQ, Reg.R2, 0, none)
                .alu(Insn.AluOp.MUL, Reg.R0, Reg.R2)
                .alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE)
                .jump(Insn.JumpOp.GE, Reg.R0, table.choices(), none)
                .alu(Insn.AluOp.MUL, Reg.R0, TableLayout.ENDPOINT.size())
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R0);
    }
}
