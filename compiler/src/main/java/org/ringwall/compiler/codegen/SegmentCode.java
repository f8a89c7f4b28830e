// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.StateFrame;

/**
 * The number of a packet's segments and their total bytes (docs/semantics.md section 12). One load
 * recognises packets that are not segmented, which are most. The headers of others are read out of
 * line, through bpf_skb_load_bytes.
 */
final class SegmentCode {
    private static final int SIZE = field("gso_size");
    private static final int SEGMENTS = field("gso_segs");

    /**
     * Scratch words in the area for map values, which is filled later: the fetched bytes, the
     * offset, and the number of the next header.
     */
    private static final int FETCHED = StateFrame.VALUE;

    private static final int OFFSET = StateFrame.VALUE + Long.BYTES;
    private static final int PROTOCOL = StateFrame.VALUE + 2 * Long.BYTES;

    private static final int FETCH = 8;
    private static final int VERSION_SHIFT = 4;
    private static final int LOW_BITS = 0xf;
    private static final int V4 = 4;
    private static final int V6 = 6;
    private static final int V4_PROTOCOL_WORD = 8;
    private static final int TCP_WORD = 8;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int UDP_HEADER = 8;

    private final Assembler code;
    private final OutOfLine outOfLine;
    private final Label transport = new Label("transport");
    private final Label counted = new Label("segments");

    SegmentCode(Assembler code, OutOfLine outOfLine) {
        this.code = code;
        this.outOfLine = outOfLine;
    }

    private static int field(String name) {
        return ContextStruct.SK_BUFF.require(name).offset();
    }

    /** Stores both numbers in the frame. */
    void find() {
        Label cut = new Label("cut");
        Label done = new Label("whole");
        code.store(Width.DW, Reg.R10, StateFrame.SEGMENTS, 1)
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, PacketHeaders.SKB_LENGTH)
                .store(Width.DW, Reg.R10, StateFrame.SEGMENT_BYTES, Reg.R1)
                .load(Width.W, Reg.R2, InstructionSelector.CONTEXT, SIZE)
                .jump(Insn.JumpOp.NE, Reg.R2, 0, cut);
        outOfLine.add(cut, done, () -> cut(done));
        code.bind(done);
    }

    private void cut(Label done) {
        Label six = new Label("six");
        code.store(Width.DW, Reg.R10, OFFSET, 0).store(Width.DW, Reg.R10, PROTOCOL, 0);
        fetch(0, counted);
        code.load(Width.B, Reg.R1, Reg.R10, FETCHED)
                .mov(Reg.R2, Reg.R1)
                .alu(Insn.AluOp.RSH, Reg.R2, VERSION_SHIFT)
                .jump(Insn.JumpOp.EQ, Reg.R2, V6, six)
                .jump(Insn.JumpOp.NE, Reg.R2, V4, counted)
                .alu(Insn.AluOp.AND, Reg.R1, LOW_BITS)
                .alu(Insn.AluOp.LSH, Reg.R1, 2)
                .store(Width.DW, Reg.R10, OFFSET, Reg.R1);
        code.mov(Reg.R2, V4_PROTOCOL_WORD);
        fetchAt(counted);
        code.load(Width.B, Reg.R5, Reg.R10, FETCHED + PacketHeaders.V4_PROTOCOL - V4_PROTOCOL_WORD)
                .store(Width.DW, Reg.R10, PROTOCOL, Reg.R5)
                .goTo(transport)
                .bind(six)
                .load(Width.B, Reg.R5, Reg.R10, FETCHED + PacketHeaders.V6_PROTOCOL)
                .store(Width.DW, Reg.R10, PROTOCOL, Reg.R5)
                .store(Width.DW, Reg.R10, OFFSET, PacketHeaders.V6_LENGTH);
        for (int walked = 0; walked < Variable.MOST_EXTENSIONS; walked++) {
            extension();
        }
        transport();
        code.bind(counted);
        result();
        code.goTo(done);
    }

    /** Skips one extension header, if there is one. */
    private void extension() {
        Label length = new Label("length");
        Label passed = new Label("passed");
        code.load(Width.DW, Reg.R5, Reg.R10, PROTOCOL);
        PacketHeaders.unlessExtension(code, Reg.R5, Reg.R1, transport);
        fetch(0, counted);
        code.load(Width.DW, Reg.R5, Reg.R10, PROTOCOL)
                .load(Width.DW, Reg.R2, Reg.R10, OFFSET)
                .load(Width.B, Reg.R1, Reg.R10, FETCHED + 1)
                .jump(Insn.JumpOp.NE, Reg.R5, PacketHeaders.FRAGMENT, length)
                .mov(Reg.R1, 0)
                .bind(length)
                .alu(Insn.AluOp.LSH, Reg.R1, 2)
                .alu(Insn.AluOp.ADD, Reg.R1, 8)
                .jump(Insn.JumpOp.EQ, Reg.R5, PacketHeaders.AUTHENTICATION, passed)
                .alu(Insn.AluOp.SUB, Reg.R1, 4)
                .alu(Insn.AluOp.LSH, Reg.R1, 1)
                .bind(passed)
                .alu(Insn.AluOp.ADD, Reg.R2, Reg.R1)
                .store(Width.DW, Reg.R10, OFFSET, Reg.R2)
                .load(Width.B, Reg.R1, Reg.R10, FETCHED)
                .store(Width.DW, Reg.R10, PROTOCOL, Reg.R1);
    }

    /** Adds the length of the TCP or UDP header to the offset. */
    private void transport() {
        Label tcp = new Label("tcp");
        code.bind(transport)
                .load(Width.DW, Reg.R5, Reg.R10, PROTOCOL)
                .jump(Insn.JumpOp.EQ, Reg.R5, IpProtocol.TCP.number(), tcp)
                .jump(Insn.JumpOp.NE, Reg.R5, IpProtocol.UDP.number(), counted)
                .load(Width.DW, Reg.R2, Reg.R10, OFFSET)
                .alu(Insn.AluOp.ADD, Reg.R2, UDP_HEADER)
                .store(Width.DW, Reg.R10, OFFSET, Reg.R2)
                .goTo(counted)
                .bind(tcp);
        fetch(TCP_WORD, counted);
        code.load(Width.B, Reg.R1, Reg.R10, FETCHED + TCP_DATA_OFFSET - TCP_WORD)
                .alu(Insn.AluOp.RSH, Reg.R1, VERSION_SHIFT)
                .alu(Insn.AluOp.LSH, Reg.R1, 2)
                .load(Width.DW, Reg.R2, Reg.R10, OFFSET)
                .alu(Insn.AluOp.ADD, Reg.R2, Reg.R1)
                .store(Width.DW, Reg.R10, OFFSET, Reg.R2);
    }

    /**
     * Computes the numbers from the headers' total length, which is the offset. If the kernel has
     * not counted segments, derives their number from the payload.
     */
    private void result() {
        Label known = new Label("known");
        code.load(Width.W, Reg.R1, InstructionSelector.CONTEXT, PacketHeaders.SKB_LENGTH)
                .load(Width.DW, Reg.R2, Reg.R10, OFFSET)
                .load(Width.W, Reg.R3, InstructionSelector.CONTEXT, SEGMENTS)
                .jump(Insn.JumpOp.NE, Reg.R3, 0, known)
                .mov(Reg.R3, 1)
                .jump(Insn.JumpOp.GE, Reg.R2, Reg.R1, known)
                .load(Width.W, Reg.R4, InstructionSelector.CONTEXT, SIZE)
                .jump(Insn.JumpOp.EQ, Reg.R4, 0, known)
                .mov(Reg.R3, Reg.R1)
                .alu(Insn.AluOp.SUB, Reg.R3, Reg.R2)
                .alu(Insn.AluOp.ADD, Reg.R3, Reg.R4)
                .alu(Insn.AluOp.SUB, Reg.R3, 1)
                .alu(Insn.AluOp.DIV, Reg.R3, Reg.R4)
                .bind(known)
                .store(Width.DW, Reg.R10, StateFrame.SEGMENTS, Reg.R3)
                .alu(Insn.AluOp.SUB, Reg.R3, 1)
                .alu(Insn.AluOp.MUL, Reg.R3, Reg.R2)
                .alu(Insn.AluOp.ADD, Reg.R3, Reg.R1)
                .store(Width.DW, Reg.R10, StateFrame.SEGMENT_BYTES, Reg.R3);
    }

    private void fetch(int behind, Label otherwise) {
        code.load(Width.DW, Reg.R2, Reg.R10, OFFSET);
        if (behind != 0) {
            code.alu(Insn.AluOp.ADD, Reg.R2, behind);
        }
        fetchAt(otherwise);
    }

    /** Copies 8 bytes at `r2` to the frame, or branches to `otherwise` if the packet is shorter. */
    private void fetchAt(Label otherwise) {
        code.mov(Reg.R1, InstructionSelector.CONTEXT)
                .mov(Reg.R3, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R3, FETCHED)
                .mov(Reg.R4, FETCH)
                .call(Helper.SKB_LOAD_BYTES.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, otherwise);
    }
}
