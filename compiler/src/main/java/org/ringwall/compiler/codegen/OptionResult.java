// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.Arrays;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;

/**
 * Code that writes `retval` of struct bpf_sockopt: the result of getsockopt, 0 or a negative errno.
 * From Linux 5.18 on it is what `bpf_set_retval` sets, and the result of the call. On older
 * kernels, a program that returns 0 causes EPERM whatever the value is. Programs that run later
 * read it on all kernels.
 */
final class OptionResult {
    private final Assembler assembler;
    private final Reg context;

    OptionResult(Assembler assembler, Reg context) {
        this.assembler = assembler;
        this.context = context;
    }

    /** Emits {@link org.ringwall.compiler.ir.Terminator.WriteErrno}. */
    void fail(Errno errno) {
        store(-errno.number());
    }

    /** Emits {@link org.ringwall.compiler.ir.Terminator.WriteSuccess}. */
    void succeed() {
        Label done = new Label("refused");
        unlessRefused(done);
        store(0);
        assembler.bind(done);
    }

    /**
     * Branches to `refused` if an earlier program has denied, as far as the errno shows that; uses
     * r0.
     */
    void unlessRefused(Label refused) {
        assembler.load(Width.W, Reg.R0, context, InstructionSelector.option("retval"));
        Arrays.stream(Errno.values())
                .filter(Errno::isRefusal)
                .forEach(errno -> assembler.jump32(Insn.JumpOp.EQ, Reg.R0, -errno.number(), refused));
    }

    private void store(int result) {
        assembler.mov(Reg.R0, result).store(Width.W, context, InstructionSelector.option("retval"), Reg.R0);
    }
}
