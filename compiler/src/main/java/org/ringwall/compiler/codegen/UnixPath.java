// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.kernel.PrivateField;

/**
 * The code that reads the name of a Unix socket into the string buffer. The context does not
 * contain it (`user_port` shows two bytes of it), but the context is the kernel's
 * `struct bpf_sock_addr_kern`, whose `uaddr` and `uaddrlen` lead to it.
 */
final class UnixPath {
    /** `offsetof(struct sockaddr_un, sun_path)`. */
    private static final int SUN_PATH = 2;

    /** `sizeof(struct sockaddr_un)`. */
    private static final int LONGEST = 110;

    /** The offset of the name's length below the buffer. */
    private static final int LENGTH = -8;

    private final Assembler assembler;
    private final ByteOrder order;
    private final int buffer;

    /**
     * Creates code for the last `size` bytes of the stack, at least {@link #LONGEST}. In the words
     * up to the NUL, all bytes have been written.
     */
    UnixPath(Assembler assembler, ByteOrder order, int size) {
        if (size < LONGEST) {
            throw new IllegalArgumentException("a path does not fit into " + size + " bytes");
        }
        this.assembler = assembler;
        this.order = order;
        this.buffer = -size;
    }

    /**
     * Sets `r0` to 0 if there is no name, to 1 if the buffer holds it with a NUL, and to a negative
     * number if it cannot be represented: an abstract name that contains a NUL, a path that begins
     * as abstract names are written, or a read that failed. The word with the final NUL is zeroed
     * before the name is read, which may end with a NUL of its own. From Linux 6.3 on, a helper
     * accepts stack memory that is not initialised, and 6.7 is the first kernel with hooks for Unix
     * sockets.
     */
    Assembler read() {
        Label unknown = new Label("unknown");
        Label done = new Label("done");
        address();
        assembler
                .mov(Reg.R0, 0)
                .jump(Insn.JumpOp.LE, Reg.R2, SUN_PATH, done)
                .jump(Insn.JumpOp.GT, Reg.R2, LONGEST, unknown)
                .alu(Insn.AluOp.SUB, Reg.R2, SUN_PATH)
                .store(Width.DW, Reg.R10, buffer + LENGTH, Reg.R2)
                .mov(Reg.R1, Reg.R2)
                // Shifts give the verifier a smaller bound than a mask.
                .alu(Insn.AluOp.RSH, Reg.R1, 3)
                .alu(Insn.AluOp.LSH, Reg.R1, 3)
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R10)
                .store(Width.DW, Reg.R1, buffer, 0)
                .mov(Reg.R1, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R1, buffer)
                .alu(Insn.AluOp.ADD, Reg.R3, SUN_PATH)
                .call(Helper.PROBE_READ_KERNEL.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, done)
                .load(Width.B, Reg.R1, Reg.R10, buffer)
                .jump(Insn.JumpOp.EQ, Reg.R1, '@', unknown)
                .mov(Reg.R0, 1)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, done);
        return abstractName(unknown, done)
                .bind(unknown)
                .mov(Reg.R0, -Errno.EFAULT.number())
                .bind(done);
    }

    /** `r2 = uaddrlen; r3 = uaddr` of the kernel's own context. */
    private void address() {
        assembler
                .mov(Reg.R1, InstructionSelector.CONTEXT)
                .call(Kfunc.CAST_TO_KERN_CTX)
                .mov(Reg.R1, Reg.R0)
                .addOffset(Reg.R1, PrivateField.UADDRLEN)
                .load(Width.W, Reg.R2, Reg.R1, 0)
                .addOffset(Reg.R0, PrivateField.UADDR)
                .load(Width.DW, Reg.R3, Reg.R0, 0);
    }

    /**
     * Finds the first NUL by words, as {@link StringEnd} does, after `@` has replaced the leading
     * one. The name can be represented only if that NUL is at its end. r1 counts words. r5 is the
     * number of bytes of the name from the word with the NUL on, at most 7 in the last one; no bit
     * of r0 may be set below the one that marks the end.
     */
    private Assembler abstractName(Label unknown, Label done) {
        Label next = new Label("next");
        Label found = new Label("found");
        // A store of a whole word can be forwarded to a later load of it.
        assembler.load(Width.DW, Reg.R2, Reg.R10, buffer);
        lowFirst(Reg.R2).alu(Insn.AluOp.OR, Reg.R2, '@');
        lowFirst(Reg.R2).store(Width.DW, Reg.R10, buffer, Reg.R2).load(Width.DW, Reg.R5, Reg.R10, buffer + LENGTH);
        StringEnd.ones(assembler)
                .mov(Reg.R1, 0)
                .bind(next)
                .mov(Reg.R2, Reg.R1)
                .alu(Insn.AluOp.LSH, Reg.R2, 3)
                .alu(Insn.AluOp.ADD, Reg.R2, Reg.R10)
                .load(Width.DW, Reg.R2, Reg.R2, buffer);
        return StringEnd.zeros(lowFirst(Reg.R2), Reg.R0, Reg.R2)
                .jump(Insn.JumpOp.NE, Reg.R0, 0, found)
                .alu(Insn.AluOp.ADD, Reg.R1, 1)
                .jump(Insn.JumpOp.NE, Reg.R1, LONGEST / Width.DW.bytes() + 1, next)
                .bind(found)
                .alu(Insn.AluOp.LSH, Reg.R1, 3)
                .alu(Insn.AluOp.SUB, Reg.R5, Reg.R1)
                .jump(Insn.JumpOp.GT, Reg.R5, Width.DW.bytes() - 1, unknown)
                .alu(Insn.AluOp.LSH, Reg.R5, 3)
                .alu(Insn.AluOp.XOR, Reg.R5, StringEnd.MOST_SHIFT + 1)
                .alu(Insn.AluOp.LSH, Reg.R0, Reg.R5)
                .jump(Insn.JumpOp.NE, Reg.R0, 0, unknown)
                .mov(Reg.R0, 1)
                .goTo(done);
    }

    /** Swaps a word of the buffer, or swaps it back: its first byte becomes the lowest one. */
    private Assembler lowFirst(Reg word) {
        return order == ByteOrder.BIG_ENDIAN ? assembler.swapLe(word, Width.DW) : assembler;
    }
}
