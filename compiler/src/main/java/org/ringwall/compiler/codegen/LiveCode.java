package org.ringwall.compiler.codegen;

import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;

/** Whether an entry of a live set covers a value: `r0` is 1 or 0. */
final class LiveCode {
    private static final List<Reg> SCRATCH = List.of(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5);
    private static final int PORTS_SHIFT = 6;
    private static final int NET = StateFrame.KEY + LiveType.NET_KEY.offset("address");

    private final Assembler assembler;
    private final MapCode maps;
    private final StateOp.Covered op;
    private final List<Reg> parts;
    private final Reg spare;

    LiveCode(Assembler assembler, StateOp.Covered op, List<Reg> parts) {
        this.assembler = assembler;
        this.maps = new MapCode(assembler);
        this.op = op;
        this.parts = parts;
        this.spare = SCRATCH.stream()
                .filter(reg -> !parts.contains(reg))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("a value has three parts at most"));
    }

    void emit() {
        Label done = new Label("covered");
        key();
        maps.lookUpInner(StateNames.live(op.set()), done);
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        if (op.type() == LiveType.PORT) {
            assembler
                    .load(Width.DW, Reg.R0, Reg.R0, 0)
                    .load(Width.DW, Reg.R1, Reg.R10, MapCode.own(0))
                    .alu(Insn.AluOp.AND, Reg.R1, Long.SIZE - 1)
                    .alu(Insn.AluOp.RSH, Reg.R0, Reg.R1)
                    .alu(Insn.AluOp.AND, Reg.R0, 1);
        } else {
            assembler.mov(Reg.R0, 1);
        }
        assembler.bind(done);
    }

    private void key() {
        switch (op.type()) {
            case NET -> net();
            case DEVICE -> {
                zero(LiveType.DEVICE_KEY);
                number(StateFrame.KEY, LiveType.DEVICE_BITS);
                network(parts.get(0), StateFrame.KEY + LiveType.DEVICE_KEY.offset("type"));
                network(parts.get(1), StateFrame.KEY + LiveType.DEVICE_KEY.offset("major"));
                network(parts.get(2), StateFrame.KEY + LiveType.DEVICE_KEY.offset("minor"));
            }
            case PORT ->
                assembler
                        .store(Width.DW, Reg.R10, StateFrame.KEY, 0)
                        .store(Width.DW, Reg.R10, MapCode.own(0), parts.get(0))
                        .mov(spare, parts.get(0))
                        .alu(Insn.AluOp.RSH, spare, PORTS_SHIFT)
                        .store(Width.W, Reg.R10, StateFrame.KEY, spare);
            case UID, GID, INT, CGROUP, NETNS -> assembler.store(Width.DW, Reg.R10, StateFrame.KEY, parts.get(0));
        }
    }

    private void net() {
        zero(LiveType.NET_KEY);
        number(StateFrame.KEY, LiveType.NET_BITS);
        if (parts.size() == 1) {
            assembler.mov(spare, 0xffff).swapBe(spare, Width.W).store(Width.W, Reg.R10, NET + 8, spare);
            network(parts.get(0), NET + 12);
            return;
        }
        for (int half = 0; half < 2; half++) {
            assembler
                    .mov(spare, parts.get(half))
                    .alu(Insn.AluOp.RSH, spare, Integer.SIZE)
                    .swapBe(spare, Width.W)
                    .store(Width.W, Reg.R10, NET + half * 8, spare);
            network(parts.get(half), NET + half * 8 + 4);
        }
    }

    private void zero(StructLayout key) {
        for (int off = 0; off < key.size(); off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, StateFrame.KEY + off, 0);
        }
    }

    private void number(int at, int number) {
        assembler.store(Width.W, Reg.R10, at, number);
    }

    /** The low 32 bits in network order. */
    private void network(Reg value, int at) {
        assembler.mov(spare, value).swapBe(spare, Width.W).store(Width.W, Reg.R10, at, spare);
    }
}
