// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.bpf.state.Origins;
import org.ringwall.compiler.ir.StateFrame;

/**
 * The original destinations of a redirected socket, `struct ringwall_origins` in its storage. All
 * hooks that read or change them run with the socket's lock held ({@link Origins}), so no other
 * lock is needed.
 */
final class OriginCode {
    private static final int NEXT = Origins.LAYOUT.offset("next");
    private static final int FIRST = Origins.LAYOUT.offset("pair");
    private static final int ORIGINAL = Origins.PAIR.offset("original");
    private static final int FINAL_PORT = Origins.PAIR.offset("final_port");
    private static final int ORIGINAL_PORT = Origins.PAIR.offset("original_port");
    private static final int USED = Origins.PAIR.offset("used");

    /** The storage, then the matching pair. */
    private static final Reg PAIR = Reg.R0;

    private final Assembler assembler;
    private final Hook hook;

    OriginCode(Assembler assembler, Hook hook) {
        this.assembler = assembler;
        this.hook = hook;
    }

    /**
     * Stores the frame's pair. Sets `r0` to 1, or to 0 if the kernel has no room for the socket.
     * Replaces the pair with the same final endpoint, or the oldest one.
     */
    void remember() {
        Label done = new Label("remembered");
        Label same = new Label("same");
        storage(StorageFlag.CREATE.bit(), done);
        search(same);
        assembler
                .load(Width.W, Reg.R5, PAIR, NEXT)
                .alu(Insn.AluOp.AND, Reg.R5, Origins.PAIRS - 1)
                .mov(Reg.R1, Reg.R5)
                .alu(Insn.AluOp.ADD, Reg.R1, 1)
                .alu(Insn.AluOp.AND, Reg.R1, Origins.PAIRS - 1)
                .store(Width.W, PAIR, NEXT, Reg.R1)
                .alu(Insn.AluOp.MUL, Reg.R5, Origins.PAIR.size())
                .alu(Insn.AluOp.ADD, PAIR, Reg.R5)
                .store(Width.DW, PAIR, FIRST, Reg.R2)
                .store(Width.DW, PAIR, FIRST + 8, Reg.R3)
                .store(Width.H, PAIR, FIRST + FINAL_PORT, Reg.R4)
                .store(Width.W, PAIR, FIRST + USED, 1)
                .bind(same)
                .load(Width.DW, Reg.R2, Reg.R10, StateFrame.ORIGINAL)
                .store(Width.DW, PAIR, FIRST + ORIGINAL, Reg.R2)
                .load(Width.DW, Reg.R2, Reg.R10, StateFrame.ORIGINAL + 8)
                .store(Width.DW, PAIR, FIRST + ORIGINAL + 8, Reg.R2)
                .load(Width.W, Reg.R2, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT)
                .store(Width.H, PAIR, FIRST + ORIGINAL_PORT, Reg.R2)
                .mov(Reg.R0, 1)
                .bind(done);
    }

    /**
     * Sets `r0` to 1 and the frame's original to the destination that belongs to the frame's final
     * endpoint. If there is none, sets both to 0.
     */
    void recall() {
        Label done = new Label("recalled");
        Label none = new Label("none");
        Label found = new Label("found");
        storage(0, none);
        search(found);
        assembler
                .bind(none)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL, 0)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + 8, 0)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT, 0)
                .mov(Reg.R0, 0)
                .goTo(done)
                .bind(found)
                .load(Width.DW, Reg.R2, PAIR, FIRST + ORIGINAL)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL, Reg.R2)
                .load(Width.DW, Reg.R2, PAIR, FIRST + ORIGINAL + 8)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + 8, Reg.R2)
                .load(Width.H, Reg.R2, PAIR, FIRST + ORIGINAL_PORT)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT, 0)
                .store(Width.W, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT, Reg.R2)
                .mov(Reg.R0, 1)
                .bind(done);
    }

    /** Removes the pair with the frame's final endpoint. */
    void drop() {
        Label done = new Label("dropped");
        Label found = new Label("found");
        storage(0, done);
        search(found);
        assembler.goTo(done).bind(found).store(Width.W, PAIR, FIRST + USED, 0).bind(done);
    }

    /** Sets `r0` to the socket's storage, or branches to `absent` with `r0` 0. */
    private void storage(int flags, Label absent) {
        int socket = hook.context().require("sk").offset();
        assembler
                .loadSymbol(Reg.R1, Origins.MAP.symbol(), 0)
                .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, socket);
        if (hook == Hook.SOCK_OPS) {
            assembler.mov(Reg.R0, 0).jump(Insn.JumpOp.EQ, Reg.R2, 0, absent);
        }
        assembler
                .mov(Reg.R3, 0)
                .mov(Reg.R4, flags)
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, absent);
    }

    /**
     * Searches the pair with the frame's final endpoint, which it loads into `r2` to `r4`. At
     * `found`, {@link #PAIR} is the storage's address plus the pair's offset from the first pair.
     * The half of the address that differs most often is compared first.
     */
    private void search(Label found) {
        assembler
                .load(Width.DW, Reg.R2, Reg.R10, StateFrame.FINAL)
                .load(Width.DW, Reg.R3, Reg.R10, StateFrame.FINAL + 8)
                .load(Width.W, Reg.R4, Reg.R10, StateFrame.FINAL + StateFrame.PORT);
        for (int i = 0; i < Origins.PAIRS; i++) {
            int place = i * Origins.PAIR.size();
            Label other = new Label("other");
            assembler
                    .load(Width.DW, Reg.R5, PAIR, FIRST + place + 8)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R3, other)
                    .load(Width.H, Reg.R5, PAIR, FIRST + place + FINAL_PORT)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R4, other)
                    .load(Width.DW, Reg.R5, PAIR, FIRST + place)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R2, other)
                    .load(Width.W, Reg.R5, PAIR, FIRST + place + USED)
                    .jump(Insn.JumpOp.EQ, Reg.R5, 0, other);
            if (place > 0) {
                assembler.alu(Insn.AluOp.ADD, PAIR, place);
            }
            assembler.goTo(found).bind(other);
        }
    }
}
