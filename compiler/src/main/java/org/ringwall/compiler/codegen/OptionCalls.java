// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.ByteString;

/**
 * The code that sets options of a socket: `r0 = bpf_setsockopt(ctx, level, optname, r10 - …,
 * bytes)` for each. The frame has no other live data at this point. The helper's result is ignored:
 * an option that it rejects keeps its value.
 */
final class OptionCalls {
    /**
     * The size of the buffer for a name with its NUL. Values from registers are stored below it.
     */
    private static final int BUFFER = 16;

    private final Assembler assembler;
    private final ByteOrder order;
    private final Function<Value, Reg> registers;
    private final Map<SettableOption, Integer> kept = new HashMap<>();

    OptionCalls(Assembler assembler, ByteOrder order, Function<Value, Reg> registers) {
        this.assembler = assembler;
        this.order = order;
        this.registers = registers;
    }

    /** Stores values where the calls preserve them. */
    void keep(List<Terminator.Write> writes) {
        for (Terminator.Write write : writes) {
            if (write instanceof Terminator.WriteOption option && write.uses().isPresent()) {
                int at = -BUFFER - Width.DW.bytes() * (kept.size() + 1);
                kept.put(option.option(), at);
                assembler.store(
                        Width.W, Reg.R10, at, registers.apply(write.uses().get()));
            }
        }
    }

    /** Sets one option to the number in a register, which is no longer needed afterwards. */
    static void set(Assembler assembler, SettableOption option, Reg number) {
        assembler.store(Width.W, Reg.R10, -BUFFER, number);
        call(assembler, option, -BUFFER, Width.W.bytes());
    }

    /** Sets one option to a name. */
    static void set(Assembler assembler, ByteOrder order, SettableOption option, ByteString name) {
        byte[] bytes = new byte[BUFFER];
        System.arraycopy(name.toArray(), 0, bytes, 0, name.size());
        ByteBuffer words = ByteBuffer.wrap(bytes).order(order);
        int length = name.size() + 1;
        for (int off = 0; off < length; off += Width.W.bytes()) {
            assembler.store(Width.W, Reg.R10, off - BUFFER, words.getInt(off));
        }
        call(assembler, option, -BUFFER, length);
    }

    /** Sets all options. */
    void set(List<Terminator.Write> writes) {
        for (Terminator.Write write : writes) {
            if (write instanceof Terminator.WriteOption number) {
                number(number);
            } else if (write instanceof Terminator.WriteOptionName name) {
                set(assembler, order, name.option(), name.name());
            }
        }
    }

    private void number(Terminator.WriteOption write) {
        if (write.value() instanceof Terminator.Right.OfNumber of) {
            assembler.store(Width.W, Reg.R10, -BUFFER, (int) of.number());
            call(assembler, write.option(), -BUFFER, Width.W.bytes());
        } else {
            call(assembler, write.option(), kept.getOrDefault(write.option(), -BUFFER), Width.W.bytes());
        }
    }

    private static void call(Assembler assembler, SettableOption option, int at, int bytes) {
        assembler
                .mov(Reg.R1, InstructionSelector.CONTEXT)
                .mov(Reg.R2, option.level())
                .mov(Reg.R3, option.number())
                .mov(Reg.R4, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R4, at)
                .mov(Reg.R5, bytes)
                .call(Helper.SETSOCKOPT.id());
    }
}
