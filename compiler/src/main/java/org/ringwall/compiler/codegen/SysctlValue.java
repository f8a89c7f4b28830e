// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.value.ByteString;

/**
 * The code that replaces the value of a write to a sysctl. The kernel reports to the caller that as
 * many bytes were written as the value has (`proc_sys_call_handler`), and a caller writes the
 * remaining ones afterwards. The value is therefore padded to the caller's length with newlines,
 * which end a number and a string. The kernel continues at the start of the file, where the whole
 * value counts.
 */
final class SysctlValue {
    /**
     * The size of the caller's value and then of the new one; the frame has no other live data at
     * this point.
     */
    private static final int BUFFER = Terminator.WriteSysctl.MOST_BYTES + 1;

    private static final int FILL = 0x0a0a0a0a;

    private final Assembler assembler;
    private final ByteOrder order;

    SysctlValue(Assembler assembler, ByteOrder order) {
        this.assembler = assembler;
        this.order = order;
    }

    /** Does nothing for a read, and for a write of no bytes. */
    Assembler write(ByteString value) {
        Label done = new Label("valued");
        assembler
                .load(Width.W, Reg.R1, InstructionSelector.CONTEXT, offset("write"))
                .jump(Insn.JumpOp.EQ, Reg.R1, 0, done);
        buffer().mov(Reg.R3, BUFFER).call(Helper.SYSCTL_GET_NEW_VALUE.id());
        length(value.size());
        store(value);
        return buffer().call(Helper.SYSCTL_SET_NEW_VALUE.id())
                .mov32(Reg.R1, Reg.R0)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, done)
                .store(Width.W, InstructionSelector.CONTEXT, offset("file_pos"), Reg.R1)
                .bind(done);
    }

    private static int offset(String name) {
        return ContextStruct.SYSCTL.require(name).offset();
    }

    /** `r1 = ctx; r2 = r10 - BUFFER`. */
    private Assembler buffer() {
        return assembler
                .mov(Reg.R1, InstructionSelector.CONTEXT)
                .mov(Reg.R2, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R2, -BUFFER);
    }

    /**
     * `r3 = max(size, min(255, r0))`. An error, such as -E2BIG for a longer value, is a large
     * unsigned number.
     */
    private void length(int size) {
        Label known = new Label("known");
        Label filled = new Label("filled");
        assembler
                .mov32(Reg.R3, Reg.R0)
                .jump(Insn.JumpOp.LE, Reg.R3, Terminator.WriteSysctl.MOST_BYTES, known)
                .mov(Reg.R3, Terminator.WriteSysctl.MOST_BYTES)
                .bind(known)
                .jump(Insn.JumpOp.GE, Reg.R3, size, filled)
                .mov(Reg.R3, size)
                .bind(filled);
    }

    private void store(ByteString value) {
        byte[] bytes = Arrays.copyOf(value.toArray(), BUFFER);
        Arrays.fill(bytes, value.size(), BUFFER, (byte) '\n');
        ByteBuffer words = ByteBuffer.wrap(bytes).order(order);
        assembler.loadImm64(Reg.R1, (long) FILL << 32 | FILL);
        for (int off = 0; off < BUFFER; off += Width.DW.bytes()) {
            int first = words.getInt(off);
            int second = words.getInt(off + Width.W.bytes());
            if (first == FILL && second == FILL) {
                assembler.store(Width.DW, Reg.R10, off - BUFFER, Reg.R1);
            } else {
                assembler
                        .store(Width.W, Reg.R10, off - BUFFER, first)
                        .store(Width.W, Reg.R10, off - BUFFER + Width.W.bytes(), second);
            }
        }
    }
}
