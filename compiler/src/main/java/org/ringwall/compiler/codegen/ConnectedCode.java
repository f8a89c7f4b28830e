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
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.IpProtocol;

/**
 * The code that tests whether a UDP socket of AF_INET6 is connected to the destination of sendmsg4.
 * It reads all fields of the socket as 4-byte words, which every kernel accepts. The socket's port
 * is zero-extended like that of the context (`bpf_sock_is_valid_access`,
 * `bpf_sock_convert_ctx_access`).
 */
final class ConnectedCode {
    /** The registers that the code uses; the context is in none of them. */
    static final Set<Reg> USED = Collections.unmodifiableSet(EnumSet.of(Reg.R0, Reg.R2, Reg.R3));

    private static final int TCP_ESTABLISHED = 1;
    private static final int MAPPED = 0xffff;

    private ConnectedCode() {}

    /** Sets `r0` to 1 or 0. UDP-Lite always yields 0, because its connect runs no program. */
    static void emit(Assembler assembler, ByteOrder order, Reg context) {
        Label done = new Label("connected");
        Label no = new Label("unconnected");
        int mapped = order == ByteOrder.BIG_ENDIAN ? MAPPED : Integer.reverseBytes(MAPPED);
        assembler
                .load(Width.W, Reg.R0, context, request("protocol"))
                .jump(Insn.JumpOp.NE, Reg.R0, IpProtocol.UDP.number(), no)
                .load(Width.DW, Reg.R2, context, request("sk"))
                .load(Width.W, Reg.R0, Reg.R2, socket("state"))
                .jump(Insn.JumpOp.NE, Reg.R0, TCP_ESTABLISHED, no)
                .load(Width.W, Reg.R0, Reg.R2, socket("dst_ip6") + 12)
                .load(Width.W, Reg.R3, context, request("user_ip4"))
                .jump(Insn.JumpOp.NE, Reg.R0, Reg.R3, no)
                .load(Width.W, Reg.R0, Reg.R2, socket("dst_port"))
                .load(Width.W, Reg.R3, context, request("user_port"))
                .jump(Insn.JumpOp.NE, Reg.R0, Reg.R3, no)
                .load(Width.W, Reg.R0, Reg.R2, socket("dst_ip6") + 8)
                .jump32(Insn.JumpOp.NE, Reg.R0, mapped, no)
                .load(Width.W, Reg.R0, Reg.R2, socket("dst_ip6"))
                .load(Width.W, Reg.R3, Reg.R2, socket("dst_ip6") + 4)
                .alu(Insn.AluOp.OR, Reg.R3, Reg.R0)
                .mov(Reg.R0, 1)
                .jump(Insn.JumpOp.EQ, Reg.R3, 0, done)
                .bind(no)
                .mov(Reg.R0, 0)
                .bind(done);
    }

    private static int request(String field) {
        return ContextStruct.SOCK_ADDR.require(field).offset();
    }

    private static int socket(String field) {
        return ContextStruct.SOCK.require(field).offset();
    }
}
