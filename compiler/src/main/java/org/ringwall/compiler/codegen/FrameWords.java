// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * Stores of eight bytes of an address to the stack. Each uses a single store: a load of eight bytes
 * stalls after two stores of four bytes, because store forwarding fails.
 */
record FrameWords(Assembler assembler, ByteOrder order) {
    /** Bytes 8 to 11 of a v4-mapped address. */
    private static final int MAPPED = 0xffff;

    /**
     * Writes the last half of a v4-mapped address. Computes it in `spare`, which differs from the
     * address's register; the address is zero-extended from 32 bits.
     */
    Assembler mapped(OperandLocation address, Reg spare, int at) {
        if (address.network()) {
            assembler.mov(spare, address.reg());
            turn(spare, Width.W);
            assembler
                    .alu(Insn.AluOp.LSH, spare, Short.SIZE)
                    .alu(Insn.AluOp.OR, spare, MAPPED)
                    .alu(Insn.AluOp.LSH, spare, Short.SIZE);
            turn(spare, Width.DW);
        } else {
            assembler
                    .mov(spare, MAPPED)
                    .alu(Insn.AluOp.LSH, spare, Integer.SIZE)
                    .alu(Insn.AluOp.OR, spare, address.reg())
                    .swapBe(spare, Width.DW);
        }
        return assembler.store(Width.DW, Reg.R10, at, spare);
    }

    /**
     * Writes two zero-extended 4-byte words in memory order, one after the other. Destroys both
     * registers.
     */
    Assembler both(Reg first, Reg second, int at) {
        turn(first, Width.W);
        turn(second, Width.W);
        assembler.alu(Insn.AluOp.LSH, second, Integer.SIZE).alu(Insn.AluOp.OR, first, second);
        turn(first, Width.DW);
        return assembler.store(Width.DW, Reg.R10, at, first);
    }

    /**
     * Swaps a word on big-endian machines, so that the code between two swaps is the same for both
     * byte orders.
     */
    private void turn(Reg word, Width width) {
        if (order == ByteOrder.BIG_ENDIAN) {
            assembler.swapLe(word, width);
        }
    }
}
