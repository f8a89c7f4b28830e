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
 * Reads the name of a Unix socket into the string buffer. The context does not carry it (`user_port` shows two bytes of it),
 * but the context is the kernel's `struct bpf_sock_addr_kern`, whose `uaddr` and `uaddrlen` lead to it.
 */
final class UnixPath {
    /** `offsetof(struct sockaddr_un, sun_path)`. */
    private static final int SUN_PATH = 2;

    /** `sizeof(struct sockaddr_un)`. */
    private static final int LONGEST = 110;

    /** Below the buffer: the length of the name. */
    private static final int LENGTH = -8;

    private final Assembler assembler;
    private final ByteOrder order;
    private final int buffer;

    /** Into the last `size` bytes of the stack, {@link #LONGEST} of them at least; words up to its NUL have only bytes that were written. */
    UnixPath(Assembler assembler, ByteOrder order, int size) {
        if (size < LONGEST) {
            throw new IllegalArgumentException("a path does not fit into " + size + " bytes");
        }
        this.assembler = assembler;
        this.order = order;
        this.buffer = -size;
    }

    /**
     * `r0` is 0 where there is no name, 1 where the buffer holds it with a NUL, and negative where it cannot be told: an
     * abstract name with a NUL inside, a path that begins as abstract names are written, or a read that failed. The word of the NUL is there before the
     * name, which may have one of its own. From 6.3 on a helper may read from memory that is not initialised, and 6.7 is the first kernel that asks
     * about Unix sockets.
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
                // By shifts, behind which the verifier knows a smaller number than behind a mask.
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
                .mov(Reg.R1, Body.CONTEXT)
                .call(Kfunc.CAST_TO_KERN_CTX)
                .mov(Reg.R1, Reg.R0)
                .addOffset(Reg.R1, PrivateField.UADDRLEN)
                .load(Width.W, Reg.R2, Reg.R1, 0)
                .addOffset(Reg.R0, PrivateField.UADDR)
                .load(Width.DW, Reg.R3, Reg.R0, 0);
    }

    /**
     * Looks for the first NUL by words, as {@link StringEnd} does, when another byte stands in the place of the first: it is where the name ends, or the name is
     * none that can be told. r1 counts words, `r5` is how many bytes of the name are left at the word with the NUL, 7 at most in the last one, of which no bit of
     * r0 may be set below the one that marks its end.
     */
    private Assembler abstractName(Label unknown, Label done) {
        Label next = new Label("next");
        Label found = new Label("found");
        // A whole word, which a processor hands on to a load of one before it is in memory.
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

    /** Turns a word of the buffer, or turns it back: its first byte is the lowest one. */
    private Assembler lowFirst(Reg word) {
        return order == ByteOrder.BIG_ENDIAN ? assembler.swapLe(word, Width.DW) : assembler;
    }
}
