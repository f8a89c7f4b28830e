// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/** A test of reads through `sk`. */
class SocketFieldsTest {
    private static final short SK = 64;

    private static Outcome run(ByteOrder order, List<Insn> insns) {
        Context socket = Context.zero(ContextStruct.SOCK, order)
                .with("family", 10)
                .with("state", 1)
                .with("dst_port", 5300);
        Context context = Context.zero(ContextStruct.SOCK_ADDR, order)
                .with("user_port", 5300)
                .of(socket);
        return Machine.run(insns, Hook.SENDMSG4, context, Environment.of(KernelVersion.V5_10));
    }

    /** Returns a program that returns 0 if both words are the same number. */
    private static List<Insn> compared(int offset, Operand with) {
        return List.of(
                new Insn.Load(Width.DW, false, Reg.R2, Reg.R1, SK),
                new Insn.Load(Width.W, false, Reg.R3, Reg.R1, (short) 24),
                new Insn.Load(Width.W, false, Reg.R2, Reg.R2, (short) offset),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(0)),
                new Insn.Jump(Insn.JumpOp.EQ, Width.DW, Reg.R2, with, (short) 1),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                new Insn.Exit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
    void fieldsHaveTheSameValuesAsInTheContext(String order) {
        ByteOrder host = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        assertThat(((Outcome.Returned) run(host, compared(48, Operand.of(Reg.R3)))).r0())
                .isZero();
        assertThat(((Outcome.Returned) run(host, compared(72, Operand.of(1)))).r0())
                .isZero();
        assertThat(((Outcome.Returned) run(host, compared(4, Operand.of(10)))).r0())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"DW, 56", "H, 48", "W, 50", "W, 80", "W, -4"})
    void otherReadsTrap(Width width, short offset) {
        assertThat(run(
                        ByteOrder.LITTLE_ENDIAN,
                        List.of(
                                new Insn.Load(Width.DW, false, Reg.R2, Reg.R1, SK),
                                new Insn.Load(width, false, Reg.R0, Reg.R2, offset),
                                new Insn.Exit())))
                .isInstanceOf(Outcome.Trap.class);
    }
}
