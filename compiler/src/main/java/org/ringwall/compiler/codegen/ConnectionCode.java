// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.bpf.state.OpenedConnection;
import org.ringwall.compiler.ir.StateFrame;

/**
 * Follows TCP connections from their establishment to their end, and computes the bytes of data
 * that they have sent and received (docs/semantics.md section 12).
 *
 * <p>`bytes_acked` and `bytes_received` of `struct tcp_sock` count sequence numbers, so they
 * include a SYN and a FIN:
 *
 * <ul>
 *   <li>Our SYN is in `bytes_acked` if that is not 0 when the connection is established: it is 1
 *       after an active or simultaneous open, more with data in the SYN (fast open), and 0 after a
 *       passive open or in repair mode (`tcp_snd_una_update`, `tcp_create_openreq_child`).
 *   <li>Our FIN is in `bytes_acked` if one was sent, which the state says, and everything that was
 *       queued is acknowledged: `write_seq == snd_una`. `snd_nxt` does not suffice, because a FIN
 *       can wait for the peer's window.
 *   <li>The peer's FIN is in `bytes_received` if SOCK_DONE is set: `tcp_fin` sets it in the call in
 *       which `rcv_nxt` passes the FIN.
 * </ul>
 */
final class ConnectionCode {
    /**
     * BPF_SOCK_OPS_STATE_CB_FLAG. The program then runs before each change of the socket's state;
     * `args[1]` is the new state, and `state` the old one. `args[0]` is the old state too, but
     * shares its bytes with `reply`, which a program that ran before may have written.
     */
    private static final int STATE_FLAG = 1 << 2;

    /** Of include/net/tcp_states.h. */
    private static final int ESTABLISHED = 1;

    private static final int SYN_RECV = 3;
    private static final int FIN_WAIT1 = 4;
    private static final int FIN_WAIT2 = 5;
    private static final int CLOSE = 7;
    private static final int CLOSE_WAIT = 8;
    private static final int LAST_ACK = 9;
    private static final int CLOSING = 11;

    /** A FIN was sent, or waits to be. */
    private static final int ENDING = bits(FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING);

    /**
     * The states from which a connection ends. SYN_RECV is that of an accepted connection with data
     * in the SYN. LISTEN, SYN_SENT and CLOSE have no connection, but perhaps the mark of an earlier
     * one.
     */
    private static final int CONNECTED = ENDING | bits(ESTABLISHED, SYN_RECV, CLOSE_WAIT);

    /** The number of SOCK_DONE in `enum sock_flags`. */
    private static final int DONE = 1;

    private static final int SYN = StateFrame.VALUE + OpenedConnection.LAYOUT.offset("syn");

    private final Assembler assembler;
    private final MapCode maps;

    ConnectionCode(Assembler assembler, MapCode maps) {
        this.assembler = assembler;
        this.maps = maps;
    }

    private static int bits(int... states) {
        int bits = 0;
        for (int state : states) {
            bits |= 1 << state;
        }
        return bits;
    }

    /**
     * Sets `r0` to 0 at a change of state that is not the end of a marked connection, else to 1.
     */
    void follow() {
        Label open = new Label("open");
        Label change = new Label("change");
        Label event = new Label("event");
        Label other = new Label("other");
        Label done = new Label("followed");
        assembler
                .store(Width.DW, Reg.R10, StateFrame.SENT, 0)
                .store(Width.DW, Reg.R10, StateFrame.RECEIVED, 0)
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field("op"))
                .jump(Insn.JumpOp.EQ, Reg.R1, SockOpsEvent.ACTIVE_ESTABLISHED.number(), open)
                .jump(Insn.JumpOp.EQ, Reg.R1, SockOpsEvent.PASSIVE_ESTABLISHED.number(), open)
                .jump(Insn.JumpOp.EQ, Reg.R1, SockOpsEvent.TCP_CLOSED.number(), change)
                .jump(Insn.JumpOp.NE, Reg.R1, SockOpsEvent.TCP_CONNECT.number(), event);
        forget(event);
        assembler.goTo(event).bind(open);
        mark(event);
        assembler.goTo(event).bind(change);
        close(event, other);
        assembler
                .bind(other)
                .mov(Reg.R0, 0)
                .goTo(done)
                .bind(event)
                .mov(Reg.R0, 1)
                .bind(done);
    }

    /** Removes the mark of a connection that the socket had before. */
    private void forget(Label event) {
        socket(Reg.R2, event)
                .loadSymbol(Reg.R1, OpenedConnection.MAP.symbol(), 0)
                .call(Helper.SK_STORAGE_DELETE.id());
    }

    private void mark(Label event) {
        Label without = new Label("without");
        assembler
                .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, field("bytes_acked"))
                .jump(Insn.JumpOp.EQ, Reg.R1, 0, without)
                .mov(Reg.R1, 1)
                .bind(without)
                .store(Width.DW, Reg.R10, SYN, Reg.R1);
        socket(Reg.R2, event).loadSymbol(Reg.R1, OpenedConnection.MAP.symbol(), 0);
        maps.frame(Reg.R3, StateFrame.VALUE)
                .mov(Reg.R4, StorageFlag.CREATE.bit())
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, event)
                .load(Width.W, Reg.R2, InstructionSelector.CONTEXT, field("bpf_sock_ops_cb_flags"))
                .alu(Insn.AluOp.OR, Reg.R2, STATE_FLAG)
                .mov(Reg.R1, InstructionSelector.CONTEXT)
                .call(Helper.SOCK_OPS_CB_FLAGS_SET.id());
    }

    /** Falls through or continues at `event` at the end of a marked connection, else at `other`. */
    private void close(Label event, Label other) {
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field("args") + Integer.BYTES)
                .jump(Insn.JumpOp.NE, Reg.R1, CLOSE, other);
        unlessIn(CONNECTED, other);
        socket(Reg.R2, other)
                .loadSymbol(Reg.R1, OpenedConnection.MAP.symbol(), 0)
                .mov(Reg.R3, 0)
                .mov(Reg.R4, 0)
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, other)
                .load(Width.DW, Reg.R2, Reg.R0, OpenedConnection.LAYOUT.offset("syn"))
                .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, field("bytes_acked"))
                .alu(Insn.AluOp.SUB, Reg.R1, Reg.R2)
                .store(Width.DW, Reg.R10, StateFrame.SENT, Reg.R1);
        socket(Reg.R1, other)
                .call(Helper.SKC_TO_TCP_SOCK.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, other)
                .mov(Reg.R1, Reg.R0)
                .addOffset(Reg.R1, PrivateField.SOCKET_FLAGS)
                .load(Width.DW, Reg.R2, Reg.R1, 0)
                .alu(Insn.AluOp.RSH, Reg.R2, DONE)
                .alu(Insn.AluOp.AND, Reg.R2, 1)
                .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, field("bytes_received"))
                .alu(Insn.AluOp.SUB, Reg.R1, Reg.R2)
                .store(Width.DW, Reg.R10, StateFrame.RECEIVED, Reg.R1);
        unlessIn(ENDING, event);
        assembler
                .addOffset(Reg.R0, PrivateField.WRITE_SEQ)
                .load(Width.W, Reg.R1, Reg.R0, 0)
                .load(Width.W, Reg.R2, InstructionSelector.CONTEXT, field("snd_una"))
                .jump(Insn.JumpOp.NE, Reg.R1, Reg.R2, event)
                .load(Width.DW, Reg.R1, Reg.R10, StateFrame.SENT)
                .alu(Insn.AluOp.SUB, Reg.R1, 1)
                .store(Width.DW, Reg.R10, StateFrame.SENT, Reg.R1)
                .goTo(event);
    }

    /** Continues at `no` unless the socket's state is one of these bits. Overwrites r1 and r2. */
    private void unlessIn(int states, Label no) {
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field("state"))
                .jump(Insn.JumpOp.GE, Reg.R1, Integer.SIZE, no)
                .mov(Reg.R2, states)
                .alu(Insn.AluOp.RSH, Reg.R2, Reg.R1)
                .alu(Insn.AluOp.AND, Reg.R2, 1)
                .jump(Insn.JumpOp.EQ, Reg.R2, 0, no);
    }

    private Assembler socket(Reg to, Label absent) {
        return assembler
                .load(Width.DW, to, InstructionSelector.CONTEXT, field("sk"))
                .jump(Insn.JumpOp.EQ, to, 0, absent);
    }

    private static int field(String name) {
        return ContextStruct.SOCK_OPS.require(name).offset();
    }
}
