// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.bpf.state.OriginalDestinationTransfer;
import org.ringwall.compiler.ir.StateFrame;

/**
 * The transfer of a redirected connection's original destination from the client's socket to the
 * accepted one, and from there to the caller of `getsockopt` (docs/semantics.md section 4).
 *
 * <p>The client's socket is established before it acknowledges the other side's SYN, and that
 * acknowledgement establishes the other side (`tcp_rcv_synsent_state_process`,
 * `tcp_rcv_state_process`). The entry of the client's side therefore exists when the other side
 * looks it up. The sequence number of the client's SYN is `snd_una` - `bytes_acked`, which counts
 * the SYN (`tcp_snd_una_update`), throughout the connection. On the other side it is `rcv_nxt` - 1,
 * because nothing but the SYN has been received there.
 *
 * <p>An entry that is not taken is deleted when the client's socket is closed. The state of that
 * socket changes to TCP_CLOSE after the other side has acknowledged everything, so a listener that
 * defers accepting (TCP_DEFER_ACCEPT) has taken the entry by then.
 */
final class OriginalDestinationCode {
    /** Bytes 8 to 11 of a v4-mapped address, in network order. */
    private static final int MAPPED = 0xffff;

    /**
     * BPF_SOCK_OPS_STATE_CB, its flag, and TCP_CLOSE: include/uapi/linux/bpf.h. `args` are the old
     * and the new state.
     */
    private static final int STATE_CHANGE = 10;

    private static final int STATE_FLAG = 1 << 2;
    private static final int TCP_CLOSE = 7;

    private static final int MIDDLE = 8;
    private static final int LAST = 12;
    private static final int PORT = OriginalDestinationTransfer.ORIGINAL.offset("port");
    private static final int FIRST = StateFrame.KEY + OriginalDestinationTransfer.CONNECTION.offset("first");

    private final Assembler assembler;
    private final MapCode maps;
    private final int mapped;
    private final FrameWords words;
    private final StampCode stamps;

    OriginalDestinationCode(Assembler assembler, MapCode maps, ByteOrder order, StampCode stamps) {
        this.stamps = stamps;
        this.assembler = assembler;
        this.maps = maps;
        this.mapped = order == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(MAPPED) : MAPPED;
        this.words = new FrameWords(assembler, order);
    }

    /**
     * At sock_ops: stores the entry at `active_established`, takes it at `passive_established`, and
     * deletes it when the client's socket is closed. Does nothing at other events.
     */
    void handOver() {
        Label active = new Label("active");
        Label passive = new Label("passive");
        Label done = new Label("handed");
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "op"))
                .jump(Insn.JumpOp.EQ, Reg.R1, SockOpsEvent.ACTIVE_ESTABLISHED.number(), active)
                .jump(Insn.JumpOp.EQ, Reg.R1, SockOpsEvent.PASSIVE_ESTABLISHED.number(), passive)
                .jump(Insn.JumpOp.NE, Reg.R1, STATE_CHANGE, done)
                .load(
                        Width.W,
                        Reg.R1,
                        InstructionSelector.CONTEXT,
                        field(ContextStruct.SOCK_OPS, "args") + Integer.BYTES)
                .jump(Insn.JumpOp.NE, Reg.R1, TCP_CLOSE, done)
                .bind(active);
        client(done);
        assembler.goTo(done).bind(passive);
        take(done);
        assembler.bind(done);
    }

    /** Handles the client's side, established or closed. */
    private void client(Label done) {
        Label closed = new Label("closed");
        end(StateFrame.FINAL, Width.W, StateFrame.FINAL + StateFrame.PORT, "remote");
        new OriginCode(assembler, Hook.SOCK_OPS).recall();
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        key("local", "remote", done);
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "snd_una"))
                .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "bytes_acked"))
                .alu(Insn.AluOp.SUB, Reg.R1, Reg.R2)
                .store(Width.W, Reg.R10, FIRST, Reg.R1)
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "op"))
                .jump(Insn.JumpOp.EQ, Reg.R1, STATE_CHANGE, closed);
        copy(Reg.R10, StateFrame.ORIGINAL);
        assembler.loadSymbol(Reg.R1, OriginalDestinationTransfer.LEFT.symbol(), 0);
        maps.frame(Reg.R2, StateFrame.KEY);
        maps.frame(Reg.R3, StateFrame.VALUE)
                .mov(Reg.R4, 0)
                .call(Helper.MAP_UPDATE_ELEM.id())
                .load(
                        Width.W,
                        Reg.R2,
                        InstructionSelector.CONTEXT,
                        field(ContextStruct.SOCK_OPS, "bpf_sock_ops_cb_flags"))
                .alu(Insn.AluOp.OR, Reg.R2, STATE_FLAG)
                .mov(Reg.R1, InstructionSelector.CONTEXT)
                .call(Helper.SOCK_OPS_CB_FLAGS_SET.id())
                .goTo(done)
                .bind(closed);
        drop();
    }

    private void drop() {
        assembler.loadSymbol(Reg.R1, OriginalDestinationTransfer.LEFT.symbol(), 0);
        maps.frame(Reg.R2, StateFrame.KEY).call(Helper.MAP_DELETE_ELEM.id());
    }

    private void take(Label done) {
        key("remote", "local", done);
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "rcv_nxt"))
                .alu(Insn.AluOp.SUB, Reg.R1, 1)
                .store(Width.W, Reg.R10, FIRST, Reg.R1);
        maps.lookUp(OriginalDestinationTransfer.LEFT.symbol());
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        copy(Reg.R0, 0);
        assembler
                .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "sk"))
                .jump(Insn.JumpOp.EQ, Reg.R2, 0, done)
                .loadSymbol(Reg.R1, OriginalDestinationTransfer.TAKEN.symbol(), 0);
        maps.frame(Reg.R3, StateFrame.VALUE)
                .mov(Reg.R4, StorageFlag.CREATE.bit())
                .call(Helper.SK_STORAGE_GET.id());
        drop();
    }

    /**
     * Writes the frame's key, except for the sequence number, from the context's names for the
     * client's and the server's end.
     */
    private void key(String client, String server, Label absent) {
        int key = StateFrame.KEY;
        end(key, Width.H, key + OriginalDestinationTransfer.CONNECTION.offset("client_port"), client);
        end(
                key + OriginalDestinationTransfer.CONNECTION.offset("server"),
                Width.H,
                key + OriginalDestinationTransfer.CONNECTION.offset("server_port"),
                server);
        stamps.namespace(Hook.SOCK_OPS, key + OriginalDestinationTransfer.CONNECTION.offset("netns"), absent);
    }

    /**
     * Writes an endpoint of the socket to the frame: 16 bytes in network order, and the port in
     * host order.
     */
    private void end(int at, Width width, int port, String end) {
        Label six = new Label("six");
        Label addressed = new Label("addressed");
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, "family"))
                .jump(Insn.JumpOp.EQ, Reg.R1, AddressFamily.INET6.number(), six)
                .store(Width.DW, Reg.R10, at, 0)
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, end + "_ip4"));
        words.mapped(new OperandLocation(Reg.R1, true), Reg.R2, at + MIDDLE)
                .goTo(addressed)
                .bind(six);
        int address = field(ContextStruct.SOCK_OPS, end + "_ip6");
        for (int half = 0; half <= MIDDLE; half += Long.BYTES) {
            assembler
                    .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, address + half)
                    .load(Width.W, Reg.R2, InstructionSelector.CONTEXT, address + half + Integer.BYTES);
            words.both(Reg.R1, Reg.R2, at + half);
        }
        assembler
                .bind(addressed)
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCK_OPS, end + "_port"));
        if (end.equals("remote")) {
            assembler.swapBe(Reg.R1, Width.W);
        }
        assembler.store(width, Reg.R10, port, Reg.R1);
    }

    /** Copies a `struct ringwall_original` to the frame's value. */
    private void copy(Reg base, int at) {
        for (int off = 0; off < OriginalDestinationTransfer.ORIGINAL.size(); off += Width.DW.bytes()) {
            assembler.load(Width.DW, Reg.R1, base, at + off).store(Width.DW, Reg.R10, StateFrame.VALUE + off, Reg.R1);
        }
    }

    /**
     * At getsockopt: returns `struct sockaddr_in` for a v4 destination at SOL_IP, else
     * `struct sockaddr_in6` with a v4 destination in v4-mapped form. Keeps the kernel's answer if
     * the caller's buffer is too small or no destination is known.
     */
    void answer() {
        Label match = new Label("match");
        Label six = new Label("six");
        Label answered = new Label("answered");
        Label done = new Label("unanswered");
        SocketOption.Place option = SocketOption.SO_ORIGINAL_DST.places().get(0);
        int level = field(ContextStruct.SOCKOPT, "level");
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCKOPT, "optname"))
                .jump(Insn.JumpOp.NE, Reg.R1, option.number(), done)
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, level)
                .jump(Insn.JumpOp.EQ, Reg.R1, SocketLevel.IP.number(), match)
                .jump(Insn.JumpOp.NE, Reg.R1, SocketLevel.IPV6.number(), done)
                .bind(match);
        new OptionResult(assembler, InstructionSelector.CONTEXT).unlessRefused(done);
        assembler
                .loadSymbol(Reg.R1, OriginalDestinationTransfer.TAKEN.symbol(), 0)
                .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, field(ContextStruct.SOCKOPT, "sk"))
                .mov(Reg.R3, 0)
                .mov(Reg.R4, 0)
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .load(Width.DW, Reg.R1, InstructionSelector.CONTEXT, field(ContextStruct.SOCKOPT, "optval"))
                .load(Width.DW, Reg.R2, InstructionSelector.CONTEXT, field(ContextStruct.SOCKOPT, "optval_end"))
                .load(Width.W, Reg.R3, InstructionSelector.CONTEXT, level)
                .jump(Insn.JumpOp.NE, Reg.R3, SocketLevel.IP.number(), six)
                .load(Width.DW, Reg.R3, Reg.R0, 0)
                .jump(Insn.JumpOp.NE, Reg.R3, 0, six)
                .load(Width.W, Reg.R3, Reg.R0, MIDDLE)
                .jump32(Insn.JumpOp.NE, Reg.R3, mapped, six);
        four(done);
        assembler.goTo(answered).bind(six);
        six(done);
        assembler
                .bind(answered)
                .store(Width.W, InstructionSelector.CONTEXT, field(ContextStruct.SOCKOPT, "optlen"), Reg.R3)
                .mov(Reg.R3, 0)
                .store(Width.W, InstructionSelector.CONTEXT, field(ContextStruct.SOCKOPT, "retval"), Reg.R3)
                .bind(done);
    }

    /** Writes `struct sockaddr_in` of include/uapi/linux/in.h. Sets `r3` to its size. */
    private void four(Label done) {
        begin(Sockaddr.IN, AddressFamily.INET, done);
        assembler
                .load(Width.W, Reg.R3, Reg.R0, LAST)
                .store(Width.W, Reg.R1, Sockaddr.IN_ADDRESS, Reg.R3)
                .store(Width.DW, Reg.R1, Sockaddr.IN_ZERO, 0)
                .mov(Reg.R3, Sockaddr.IN);
    }

    /**
     * Writes `struct sockaddr_in6` of include/uapi/linux/in6.h, with flow and scope 0. Sets `r3` to
     * its size.
     */
    private void six(Label done) {
        begin(Sockaddr.IN6, AddressFamily.INET6, done);
        assembler.store(Width.W, Reg.R1, Sockaddr.IN6_FLOW, 0);
        for (int word = 0; word <= LAST; word += Width.W.bytes()) {
            assembler.load(Width.W, Reg.R3, Reg.R0, word).store(Width.W, Reg.R1, Sockaddr.IN6_ADDRESS + word, Reg.R3);
        }
        assembler.store(Width.W, Reg.R1, Sockaddr.IN6_SCOPE, 0).mov(Reg.R3, Sockaddr.IN6);
    }

    /**
     * Writes family and port if the buffer between `r1` and `r2` is large enough; otherwise
     * branches to `done`.
     */
    private void begin(int size, AddressFamily family, Label done) {
        assembler
                .mov(Reg.R3, Reg.R1)
                .alu(Insn.AluOp.ADD, Reg.R3, size)
                .jump(Insn.JumpOp.GT, Reg.R3, Reg.R2, done)
                .store(Width.H, Reg.R1, 0, family.number())
                .load(Width.W, Reg.R3, Reg.R0, PORT)
                .swapBe(Reg.R3, Width.H)
                .store(Width.H, Reg.R1, Sockaddr.PORT, Reg.R3);
    }

    private static int field(ContextStruct struct, String name) {
        return struct.require(name).offset();
    }

    /** Sizes and offsets. */
    private static final class Sockaddr {
        static final int PORT = 2;
        static final int IN = 16;
        static final int IN_ADDRESS = 4;
        static final int IN_ZERO = 8;
        static final int IN6 = 28;
        static final int IN6_FLOW = 4;
        static final int IN6_ADDRESS = 8;
        static final int IN6_SCOPE = 24;

        private Sockaddr() {}
    }
}
