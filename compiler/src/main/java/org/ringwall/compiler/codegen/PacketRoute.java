// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.PacketFrame;

/**
 * The code of {@link org.ringwall.compiler.ir.Op.FindRoute}. Nearly all packets have a v4
 * header without options or a v6 header without extension headers. A few inline instructions
 * recognise these in place. All others are read through bpf_skb_load_bytes out of line, as in
 * {@link PacketDecoder}. Paths leave both loops but none join inside, so that the verifier walks
 * each body once an iteration.
 */
final class PacketRoute {
    private static final int NOT_ROUTED = 0;
    private static final int ROUTED = 1;
    private static final int UNKNOWN = 2;

    /** Loose and strict source route: IPOPT_LSRR and IPOPT_SSRR in include/uapi/linux/ip.h. */
    private static final int LOOSE = 131;

    private static final int STRICT = 137;
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int OPTION_BYTES = 40;

    private static final int ROUTING = 43;
    private static final int EXTENSION_BYTES = 8;

    /** The shifts for the length of an extension header, as in {@link PacketDecoder}. */
    private static final long SHORTER = 1L << PacketHeaders.AUTHENTICATION | 1L << PacketHeaders.FRAGMENT + 4;

    private static final int MOST_SHORTER = 31;

    private static final Reg CONTEXT = InstructionSelector.CONTEXT;
    private static final Reg FAMILY = Reg.R0;
    /**
     * The header in the inline code; afterwards the offset up to which the packet has been read.
     */
    private static final Reg OFFSET = Reg.R7;
    /** The number of the next header; v6 only. */
    private static final Reg PROTOCOL = PacketHeaders.PROTOCOL;
    /** The offset at which the header ends; v4 only. */
    private static final Reg HEADER_END = Reg.R8;

    private static final Reg COUNT = Reg.R9;
    private static final int AT = PacketFrame.FETCHED;

    /** The registers that {@link #find} destroys. */
    static final Set<Reg> DESTROYED = destroyed();

    private final Assembler code;
    private final PacketHeaders headers;
    private final OutOfLine outOfLine;
    private final Label six = new Label("six");
    private final Label slow = new Label("slow");
    private final Label clear = new Label("clear");
    private final Label routed = new Label("routed");
    private final Label unknown = new Label("unknown");
    private final Label done = new Label("done");

    PacketRoute(Assembler code, ByteOrder order, OutOfLine outOfLine) {
        this.code = code;
        this.headers = new PacketHeaders(code, order);
        this.outOfLine = outOfLine;
    }

    private static Set<Reg> destroyed() {
        Set<Reg> destroyed = EnumSet.of(OFFSET, PROTOCOL, COUNT);
        destroyed.addAll(RegisterConstraints.CALL);
        return Collections.unmodifiableSet(destroyed);
    }

    /** Sets `r0` to {@link Variable#PACKET_ROUTED} and stores it at {@link PacketFrame#ROUTED}. */
    void find() {
        code.load(Width.W, FAMILY, CONTEXT, PacketHeaders.SKB_PROTOCOL)
                .load(Width.W, OFFSET, CONTEXT, PacketHeaders.SKB_DATA)
                .load(Width.W, Reg.R2, CONTEXT, PacketHeaders.SKB_DATA_END)
                .jump(Insn.JumpOp.NE, FAMILY, headers.network(PacketHeaders.ETH_P_IP), six);
        linear(PacketHeaders.V4_LENGTH);
        code.load(Width.B, Reg.R1, OFFSET, 0).jump(Insn.JumpOp.NE, Reg.R1, PacketHeaders.V4_FIRST, slow);
        outOfLine.add(six, clear, this::six);
        outOfLine.add(slow, clear, this::slow);
        code.bind(clear).mov(Reg.R0, NOT_ROUTED).bind(done).store(Width.B, Reg.R10, PacketFrame.ROUTED, Reg.R0);
    }

    /** Branches to `slow` unless this many bytes are in the linear part. */
    private void linear(int bytes) {
        code.mov(Reg.R3, OFFSET).alu(Insn.AluOp.ADD, Reg.R3, bytes).jump(Insn.JumpOp.GT, Reg.R3, Reg.R2, slow);
    }

    private void six() {
        code.jump(Insn.JumpOp.NE, FAMILY, headers.network(PacketHeaders.ETH_P_IPV6), unknown);
        linear(PacketHeaders.V6_LENGTH);
        code.load(Width.B, Reg.R1, OFFSET, 0);
        headers.versionSix(Reg.R1, unknown);
        code.load(Width.B, PROTOCOL, OFFSET, PacketHeaders.V6_PROTOCOL);
        headers.extension(Reg.R1, slow);
        code.goTo(clear);
    }

    private void slow() {
        Label four = new Label("four");
        code.jump(Insn.JumpOp.EQ, FAMILY, headers.network(PacketHeaders.ETH_P_IP), four);
        slowSix();
        code.bind(four);
        slowFour();
        code.bind(routed)
                .mov(Reg.R0, ROUTED)
                .goTo(done)
                .bind(unknown)
                .mov(Reg.R0, UNKNOWN)
                .goTo(done);
    }

    /** Skips extension headers up to the maximum number, or up to the first routing header. */
    private void slowSix() {
        Label next = new Label("next");
        code.mov(OFFSET, 0);
        load(PacketHeaders.V6_LENGTH, unknown);
        code.load(Width.B, Reg.R1, Reg.R10, AT);
        headers.versionSix(Reg.R1, unknown);
        code.load(Width.B, PROTOCOL, Reg.R10, AT + PacketHeaders.V6_PROTOCOL)
                .mov(OFFSET, PacketHeaders.V6_LENGTH)
                .mov(COUNT, 0)
                .bind(next);
        headers.noExtension(clear);
        code.jump(Insn.JumpOp.EQ, PROTOCOL, ROUTING, routed);
        load(EXTENSION_BYTES, unknown);
        passExtension();
        code.alu(Insn.AluOp.ADD, COUNT, 1).jump(Insn.JumpOp.NE, COUNT, Variable.MOST_EXTENSIONS, next);
        headers.noExtension(clear);
        code.jump(Insn.JumpOp.EQ, PROTOCOL, ROUTING, routed).goTo(unknown);
    }

    /** Sets r7 and r8 to the next header. Nothing is read after the header of a later fragment. */
    private void passExtension() {
        code.load(Width.B, Reg.R1, Reg.R10, AT + 1)
                .loadImm64(Reg.R2, SHORTER)
                .alu(Insn.AluOp.RSH, Reg.R2, PROTOCOL)
                .alu(Insn.AluOp.AND, Reg.R2, MOST_SHORTER)
                .alu(Insn.AluOp.LSH, Reg.R1, 3)
                .alu(Insn.AluOp.RSH, Reg.R1, Reg.R2)
                .alu(Insn.AluOp.ADD, OFFSET, Reg.R1)
                .alu(Insn.AluOp.ADD, OFFSET, EXTENSION_BYTES)
                .alu(Insn.AluOp.RSH, Reg.R2, 4)
                .load(Width.H, Reg.R1, Reg.R10, AT + 2)
                .alu(Insn.AluOp.AND, Reg.R1, headers.network(PacketHeaders.V6_OFFSET))
                .alu(Insn.AluOp.MUL, Reg.R1, Reg.R2)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, clear)
                .load(Width.B, PROTOCOL, Reg.R10, AT);
    }

    /** Skips the options of a v4 header; there are at most as many as bytes. */
    private void slowFour() {
        Label next = new Label("next");
        Label last = new Label("last");
        code.mov(OFFSET, 0);
        load(PacketHeaders.V4_LENGTH, unknown);
        code.load(Width.B, HEADER_END, Reg.R10, AT)
                .alu(Insn.AluOp.ADD, HEADER_END, -PacketHeaders.V4_FIRST)
                .jump(Insn.JumpOp.GT, HEADER_END, PacketHeaders.MOST_OPTIONS, unknown)
                .alu(Insn.AluOp.LSH, HEADER_END, 2)
                .alu(Insn.AluOp.ADD, HEADER_END, PacketHeaders.V4_LENGTH)
                .mov(OFFSET, PacketHeaders.V4_LENGTH)
                .mov(COUNT, 0)
                .bind(next)
                .jump(Insn.JumpOp.GE, OFFSET, HEADER_END, clear);
        load(2, last);
        option();
        passOption();
        code.alu(Insn.AluOp.ADD, COUNT, 1)
                .jump(Insn.JumpOp.NE, COUNT, OPTION_BYTES, next)
                .goTo(clear)
                .bind(last);
        load(1, unknown);
        option();
        code.jump(Insn.JumpOp.NE, Reg.R1, NO_OPERATION, unknown)
                .alu(Insn.AluOp.ADD, OFFSET, 1)
                .jump(Insn.JumpOp.GE, OFFSET, HEADER_END, clear)
                .goTo(unknown);
    }

    /** Sets `r1` to the option's type, unless it is a source route or ends the options. */
    private void option() {
        code.load(Width.B, Reg.R1, Reg.R10, AT)
                .jump(Insn.JumpOp.EQ, Reg.R1, END_OF_OPTIONS, clear)
                .jump(Insn.JumpOp.EQ, Reg.R1, LOOSE, routed)
                .jump(Insn.JumpOp.EQ, Reg.R1, STRICT, routed);
    }

    /**
     * Adds the option's length to r7: 1 for a no-operation, else its second byte, which must be
     * between 2 and the header's end. Has no branch for a no-operation:
     * `r1 = (r1 ^ 1) - 1 >> 63; r2 -= (r2 - 1) * r1`.
     */
    private void passOption() {
        code.load(Width.B, Reg.R2, Reg.R10, AT + 1)
                .alu(Insn.AluOp.XOR, Reg.R1, NO_OPERATION)
                .alu(Insn.AluOp.SUB, Reg.R1, 1)
                .alu(Insn.AluOp.RSH, Reg.R1, Long.SIZE - 1)
                .mov(Reg.R3, Reg.R2)
                .alu(Insn.AluOp.SUB, Reg.R3, 1)
                .alu(Insn.AluOp.MUL, Reg.R3, Reg.R1)
                .alu(Insn.AluOp.SUB, Reg.R2, Reg.R3)
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R2)
                .jump(Insn.JumpOp.LT, Reg.R1, 2, unknown)
                .alu(Insn.AluOp.ADD, OFFSET, Reg.R2)
                .jump(Insn.JumpOp.GT, OFFSET, HEADER_END, unknown);
    }

    /**
     * Copies this many bytes at r7 to the stack, or branches to `otherwise` if the packet is
     * shorter.
     */
    private void load(int bytes, Label otherwise) {
        code.mov(Reg.R1, CONTEXT)
                .mov(Reg.R2, OFFSET)
                .mov(Reg.R3, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R3, AT)
                .mov(Reg.R4, bytes)
                .call(Helper.SKB_LOAD_BYTES.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, otherwise);
    }
}
