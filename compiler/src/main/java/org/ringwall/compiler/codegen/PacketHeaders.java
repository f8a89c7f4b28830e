// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;

/** The layout of packet headers, and tests on a header in the packet or in a copy on the stack. */
final class PacketHeaders {
    static final int SKB_LENGTH = field("len");
    static final int SKB_PROTOCOL = field("protocol");
    static final int SKB_DATA = field("data");
    static final int SKB_DATA_END = field("data_end");
    static final int ETH_P_IP = 0x0800;
    static final int ETH_P_IPV6 = 0x86dd;
    static final int V4_LENGTH = 20;
    static final int V6_LENGTH = 40;
    /**
     * The first byte of a v4 header without options, and the maximum difference from it of one with
     * options.
     */
    static final int V4_FIRST = 0x45;

    static final int MOST_OPTIONS = 10;
    static final int V4_FRAGMENT = 6;
    static final int V4_PROTOCOL = 9;
    static final int V6_PROTOCOL = 6;
    static final int V6_SOURCE = 8;
    static final int V6_DESTINATION = 24;
    static final int MORE_OR_OFFSET = 0x3fff;
    static final int FLAGS_OFFSET = 13;
    static final int PORTS = 4;
    static final int V4_OFFSET = 0x1fff;
    static final int V6_MORE_OR_OFFSET = 0xfff9;
    static final int V6_OFFSET = 0xfff8;
    private static final int VERSION_BITS = 0xf0;
    private static final int V6_FIRST = 0x60;
    private static final int MAPPED = 0xffff;

    static final int FRAGMENT = 44;
    static final int AUTHENTICATION = 51;
    private static final int LAST_EXTENSION = 60;
    /**
     * Hop-by-hop options, routing, fragment, authentication, destination options: one bit per
     * number.
     */
    private static final long EXTENSIONS = 1L | 1L << 43 | 1L << FRAGMENT | 1L << AUTHENTICATION | 1L << LAST_EXTENSION;

    /** The number of low bits that a shift uses of its right operand. */
    private static final int SHIFT_BITS = 6;

    /** The register with the number of the next header, and finally of the packet's protocol. */
    static final Reg PROTOCOL = Reg.R8;

    private final Assembler code;
    private final ByteOrder order;

    /** Creates tests for programs of this byte order. */
    PacketHeaders(Assembler code, ByteOrder order) {
        this.code = code;
        this.order = order;
    }

    /** Returns 16 bits in network order as a load yields them. */
    int network(int number) {
        return order == ByteOrder.BIG_ENDIAN ? number : Short.toUnsignedInt(Short.reverseBytes((short) number));
    }

    /**
     * Branches to `lost` unless a v6 header is at `base + at`. A header with a v4-mapped address is
     * not accepted.
     */
    void six(Reg base, int at, Reg work, Label lost) {
        code.load(Width.B, work, base, at);
        versionSix(work, lost);
        for (int address : List.of(at + V6_SOURCE, at + V6_DESTINATION)) {
            Label other = new Label("other");
            int mapped = order == ByteOrder.BIG_ENDIAN ? MAPPED : Integer.reverseBytes(MAPPED);
            code.load(Width.W, work, base, address + 8)
                    .jump32(Insn.JumpOp.NE, work, mapped, other)
                    .load(Width.DW, work, base, address)
                    .jump(Insn.JumpOp.EQ, work, 0, lost)
                    .bind(other);
        }
    }

    /** Branches to `lost` unless the register holds the first byte of a v6 header. */
    void versionSix(Reg first, Label lost) {
        code.alu(Insn.AluOp.AND, first, VERSION_BITS).jump(Insn.JumpOp.NE, first, V6_FIRST, lost);
    }

    /** Branches to `cold` if {@link #PROTOCOL} holds an extension header. */
    void extension(Reg work, Label cold) {
        Label other = new Label("other");
        code.jump(Insn.JumpOp.GT, PROTOCOL, LAST_EXTENSION, other)
                .loadImm64(work, EXTENSIONS)
                .alu(Insn.AluOp.RSH, work, PROTOCOL)
                .jump(Insn.JumpOp.SET, work, 1, cold)
                .bind(other);
    }

    /** Branches to `there` unless a register holds the number of an extension header. */
    static void unlessExtension(Assembler code, Reg protocol, Reg work, Label there) {
        code.jump(Insn.JumpOp.GT, protocol, LAST_EXTENSION, there)
                .loadImm64(work, EXTENSIONS)
                .alu(Insn.AluOp.RSH, work, protocol)
                .alu(Insn.AluOp.AND, work, 1)
                .jump(Insn.JumpOp.EQ, work, 0, there);
    }

    /**
     * Branches to `there` unless {@link #PROTOCOL} holds an extension header:
     * `if (EXTENSIONS >> r8 & 1) <= r8 >> 6`, whatever the processor does for shifts by 64 or more.
     * The verifier does not learn the value of r8 from it and walks the following code once for all
     * protocols.
     */
    void noExtension(Label there) {
        code.loadImm64(Reg.R1, EXTENSIONS)
                .alu(Insn.AluOp.RSH, Reg.R1, PROTOCOL)
                .alu(Insn.AluOp.AND, Reg.R1, 1)
                .mov(Reg.R2, PROTOCOL)
                .alu(Insn.AluOp.RSH, Reg.R2, SHIFT_BITS)
                .jump(Insn.JumpOp.LE, Reg.R1, Reg.R2, there);
    }

    private static int field(String name) {
        return ContextStruct.SK_BUFF.require(name).offset();
    }
}
