// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
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

/** The code that tests whether an entry of a live set covers a value. It sets `r0` to 1 or 0. */
final class LiveCode {
    private static final List<Reg> SCRATCH = List.of(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5);
    private static final int PORTS_SHIFT = 6;

    /** The offset of an address in the frame, a multiple of 8 for both types of keys. */
    private static final int ADDRESS = StateFrame.KEY + Long.BYTES;

    private static final int NET_KEY = ADDRESS - LiveType.NET_KEY.offset("address");
    private static final int IP_KEY = ADDRESS - LiveType.IP_KEY.offset("address");

    private final Assembler assembler;
    private final MapCode maps;
    private final ByteOrder order;
    private final StateOp.Covered op;
    private final List<OperandLocation> parts;
    private final Reg spare;

    LiveCode(Assembler assembler, MapCode maps, ByteOrder order, StateOp.Covered op, List<OperandLocation> parts) {
        this.assembler = assembler;
        this.maps = maps;
        this.order = order;
        this.op = op;
        this.parts = parts;
        this.spare = SCRATCH.stream()
                .filter(reg -> parts.stream().noneMatch(part -> part.reg() == reg))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("a value has three parts at most"));
    }

    void emit() {
        Label done = new Label("covered");
        maps.lookUpInner(StateNames.live(op.set()), key(), done);
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

    /** Writes the key and returns its offset in the frame. */
    private int key() {
        return switch (op.type()) {
            case NET -> {
                assembler.store(Width.DW, Reg.R10, StateFrame.KEY, 0);
                number(NET_KEY, LiveType.NET_BITS);
                address();
                yield NET_KEY;
            }
            case IP -> {
                address();
                yield IP_KEY;
            }
            case DEVICE -> {
                zero(LiveType.DEVICE_KEY);
                number(StateFrame.KEY, LiveType.DEVICE_BITS);
                network(parts.get(0), StateFrame.KEY + LiveType.DEVICE_KEY.offset("type"));
                network(parts.get(1), StateFrame.KEY + LiveType.DEVICE_KEY.offset("major"));
                network(parts.get(2), StateFrame.KEY + LiveType.DEVICE_KEY.offset("minor"));
                yield StateFrame.KEY;
            }
            case PORT -> {
                assembler
                        .store(Width.DW, Reg.R10, StateFrame.KEY, 0)
                        .store(Width.DW, Reg.R10, MapCode.own(0), part(0))
                        .mov(spare, part(0))
                        .alu(Insn.AluOp.RSH, spare, PORTS_SHIFT)
                        .store(Width.W, Reg.R10, StateFrame.KEY, spare);
                yield StateFrame.KEY;
            }
            case UID, GID, INT, CGROUP, NETNS -> {
                assembler.store(Width.DW, Reg.R10, StateFrame.KEY, part(0));
                yield StateFrame.KEY;
            }
        };
    }

    private Reg part(int number) {
        return parts.get(number).reg();
    }

    /** Writes the 16 bytes in network order, each half in one store. */
    private void address() {
        if (parts.size() == 1) {
            assembler.store(Width.DW, Reg.R10, ADDRESS, 0);
            new FrameWords(assembler, order).mapped(parts.get(0), spare, ADDRESS + Long.BYTES);
            return;
        }
        for (int half = 0; half < parts.size(); half++) {
            Reg from = parts.get(half).inNetworkOrder(assembler, spare, Width.DW);
            assembler.store(Width.DW, Reg.R10, ADDRESS + half * Long.BYTES, from);
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

    /** Writes the low 32 bits in network order. */
    private void network(OperandLocation value, int at) {
        assembler.store(Width.W, Reg.R10, at, value.inNetworkOrder(assembler, spare, Width.W));
    }
}
