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

/** What a socket remembers of where it wanted to go, `struct ringwall_origins` in its storage. */
final class OriginCode {
    private static final int STORAGE = 0;
    private static final int FOUND = MapCode.own(1);
    private static final int NEXT = Origins.LAYOUT.offset("next");
    private static final int FIRST = Origins.LAYOUT.offset("pair");
    private static final int ORIGINAL = Origins.PAIR.offset("original");
    private static final int FINAL_PORT = Origins.PAIR.offset("final_port");
    private static final int ORIGINAL_PORT = Origins.PAIR.offset("original_port");
    private static final int USED = Origins.PAIR.offset("used");

    private final Assembler assembler;
    private final MapCode maps;
    private final Hook hook;

    OriginCode(Assembler assembler, Hook hook) {
        this.assembler = assembler;
        this.maps = new MapCode(assembler);
        this.hook = hook;
    }

    /** `r0` is 1, or 0 where the kernel gives the socket no room. The pair with the same final end makes room, or the oldest. */
    void remember() {
        Label done = new Label("remembered");
        Label put = new Label("put");
        storage(StorageFlag.CREATE.bit(), done);
        maps.lock(STORAGE);
        search(place -> assembler.mov(Reg.R5, place).goTo(put));
        assembler
                .load(Width.W, Reg.R5, Reg.R1, NEXT)
                .alu(Insn.AluOp.AND, Reg.R5, Origins.PAIRS - 1)
                .mov(Reg.R0, Reg.R5)
                .alu(Insn.AluOp.ADD, Reg.R0, 1)
                .alu(Insn.AluOp.AND, Reg.R0, Origins.PAIRS - 1)
                .store(Width.W, Reg.R1, NEXT, Reg.R0)
                .alu(Insn.AluOp.MUL, Reg.R5, Origins.PAIR.size())
                .alu(Insn.AluOp.ADD, Reg.R5, FIRST)
                .bind(put)
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R5)
                .store(Width.DW, Reg.R1, 0, Reg.R2)
                .store(Width.DW, Reg.R1, 8, Reg.R3)
                .store(Width.H, Reg.R1, FINAL_PORT, Reg.R4)
                .load(Width.DW, Reg.R2, Reg.R10, StateFrame.ORIGINAL)
                .store(Width.DW, Reg.R1, ORIGINAL, Reg.R2)
                .load(Width.DW, Reg.R2, Reg.R10, StateFrame.ORIGINAL + 8)
                .store(Width.DW, Reg.R1, ORIGINAL + 8, Reg.R2)
                .load(Width.W, Reg.R2, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT)
                .store(Width.H, Reg.R1, ORIGINAL_PORT, Reg.R2)
                .store(Width.W, Reg.R1, USED, 1);
        maps.unlock(STORAGE);
        assembler.mov(Reg.R0, 1).bind(done);
    }

    /** `r0` is 1 and the frame's original is what the socket wanted where it has the frame's final end; else 0. */
    void recall() {
        Label done = new Label("recalled");
        Label found = new Label("found");
        Label unlock = new Label("unlock");
        assembler
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL, 0)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + 8, 0)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT, 0);
        storage(0, done);
        assembler.store(Width.DW, Reg.R10, FOUND, 0);
        maps.lock(STORAGE);
        search(place -> assembler.alu(Insn.AluOp.ADD, Reg.R1, place).goTo(found));
        assembler
                .goTo(unlock)
                .bind(found)
                .load(Width.DW, Reg.R2, Reg.R1, ORIGINAL)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL, Reg.R2)
                .load(Width.DW, Reg.R2, Reg.R1, ORIGINAL + 8)
                .store(Width.DW, Reg.R10, StateFrame.ORIGINAL + 8, Reg.R2)
                .load(Width.H, Reg.R2, Reg.R1, ORIGINAL_PORT)
                .store(Width.W, Reg.R10, StateFrame.ORIGINAL + StateFrame.PORT, Reg.R2)
                .store(Width.DW, Reg.R10, FOUND, 1)
                .bind(unlock);
        maps.unlock(STORAGE);
        assembler.load(Width.DW, Reg.R0, Reg.R10, FOUND).bind(done);
    }

    /** `r0` is the socket's storage, or 0 at `absent`. */
    private void storage(int flags, Label absent) {
        int socket = hook.context().require("sk").offset();
        assembler.loadSymbol(Reg.R1, Origins.MAP.symbol(), 0).load(Width.DW, Reg.R2, Body.CONTEXT, socket);
        if (hook == Hook.SOCK_OPS) {
            assembler.mov(Reg.R0, 0).jump(Insn.JumpOp.EQ, Reg.R2, 0, absent);
        }
        assembler
                .mov(Reg.R3, 0)
                .mov(Reg.R4, flags)
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, absent);
    }

    /** Compares the frame's final end, then in `r2` to `r4`, with that of each pair behind `r1`. */
    private void search(java.util.function.IntConsumer same) {
        assembler
                .load(Width.DW, Reg.R2, Reg.R10, StateFrame.FINAL)
                .load(Width.DW, Reg.R3, Reg.R10, StateFrame.FINAL + 8)
                .load(Width.W, Reg.R4, Reg.R10, StateFrame.FINAL + StateFrame.PORT);
        for (int i = 0; i < Origins.PAIRS; i++) {
            int place = FIRST + i * Origins.PAIR.size();
            Label other = new Label("other");
            assembler
                    .load(Width.W, Reg.R5, Reg.R1, place + USED)
                    .jump(Insn.JumpOp.EQ, Reg.R5, 0, other)
                    .load(Width.DW, Reg.R5, Reg.R1, place)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R2, other)
                    .load(Width.DW, Reg.R5, Reg.R1, place + 8)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R3, other)
                    .load(Width.H, Reg.R5, Reg.R1, place + FINAL_PORT)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R4, other);
            same.accept(place);
            assembler.bind(other);
        }
    }
}
