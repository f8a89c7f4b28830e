package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
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

    /** Below the buffer: the length, then the address. */
    private static final int LENGTH = -8;

    private static final int ADDRESS = -16;

    private final Assembler assembler;
    private final int buffer;
    private final Label unknown = new Label("unknown");
    private final Label done = new Label("done");

    /** Into the last `size` bytes of the stack. */
    UnixPath(Assembler assembler, int size) {
        this.assembler = assembler;
        this.buffer = -size;
    }

    /**
     * `r0` is 0 where there is no name, positive where the buffer holds it with a NUL, and negative where it cannot be told: an
     * abstract name with a NUL inside, a path that begins as abstract names are written, or a read that failed.
     */
    Assembler read() {
        Label abstractName = new Label("abstract");
        // Reads of variable length go to memory that is initialised (check_helper_mem_access).
        for (int off = buffer + ADDRESS; off < 0; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off, 0);
        }
        field(PrivateField.UADDR, ADDRESS);
        field(PrivateField.UADDRLEN, LENGTH);
        length(Reg.R2)
                .mov(Reg.R0, 0)
                .jump(Insn.JumpOp.LE, Reg.R2, SUN_PATH, done)
                .jump(Insn.JumpOp.GT, Reg.R2, LONGEST, unknown)
                .alu(Insn.AluOp.SUB, Reg.R2, SUN_PATH - 1);
        string(0)
                .jump(Insn.JumpOp.SLE, Reg.R0, 0, unknown)
                .jump(Insn.JumpOp.EQ, Reg.R0, 1, abstractName)
                .load(Width.B, Reg.R1, Reg.R10, buffer)
                .jump(Insn.JumpOp.NE, Reg.R1, '@', done)
                .goTo(unknown)
                .bind(abstractName);
        length(Reg.R2).alu(Insn.AluOp.SUB, Reg.R2, SUN_PATH).jump(Insn.JumpOp.GT, Reg.R2, LONGEST - SUN_PATH, unknown);
        string(1);
        length(Reg.R1)
                .alu(Insn.AluOp.SUB, Reg.R1, SUN_PATH)
                .jump(Insn.JumpOp.NE, Reg.R0, Reg.R1, unknown)
                .store(Width.B, Reg.R10, buffer, '@')
                .goTo(done);
        return assembler.bind(unknown).mov(Reg.R0, -Errno.EFAULT.number()).bind(done);
    }

    /** `if (bpf_probe_read_kernel(r10 + buffer + to, bytes, r6 + offset)) goto unknown`. */
    private void field(PrivateField field, int to) {
        assembler
                .mov(Reg.R1, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R1, buffer + to)
                .mov(Reg.R2, field.bytes())
                .mov(Reg.R3, Body.CONTEXT)
                .addOffset(Reg.R3, field)
                .call(Helper.PROBE_READ_KERNEL.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, unknown);
    }

    private Assembler length(Reg dst) {
        return assembler.load(Width.W, dst, Reg.R10, buffer + LENGTH);
    }

    /** `r0 = bpf_probe_read_kernel_str(r10 + buffer + skip, r2, address + 2 + skip)`: r2 counts a NUL that is put behind. */
    private Assembler string(int skip) {
        return assembler
                .mov(Reg.R1, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R1, buffer + skip)
                .load(Width.DW, Reg.R3, Reg.R10, buffer + ADDRESS)
                .alu(Insn.AluOp.ADD, Reg.R3, SUN_PATH + skip)
                .call(Helper.PROBE_READ_KERNEL_STR.id());
    }
}
