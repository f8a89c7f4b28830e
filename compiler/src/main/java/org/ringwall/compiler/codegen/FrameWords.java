package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * Eight bytes of an address on the stack, written by one store: a load of all eight waits for two stores of four each until both are in the cache,
 * some fifteen cycles, where one store is handed over at once.
 */
record FrameWords(Assembler assembler, ByteOrder order) {
    /** Bytes 8 to 11 of a v4-mapped address. */
    private static final int MAPPED = 0xffff;

    /** The last half of a v4-mapped address, computed in a register that the address, 32 bits with zeros above, is not in. */
    Assembler mapped(Lying address, Reg spare, int at) {
        if (address.network() && order == ByteOrder.LITTLE_ENDIAN) {
            assembler
                    .mov(spare, address.reg())
                    .alu(Insn.AluOp.LSH, spare, Short.SIZE)
                    .alu(Insn.AluOp.OR, spare, MAPPED)
                    .alu(Insn.AluOp.LSH, spare, Short.SIZE);
        } else {
            assembler
                    .mov(spare, MAPPED)
                    .alu(Insn.AluOp.LSH, spare, Integer.SIZE)
                    .alu(Insn.AluOp.OR, spare, address.reg());
            if (order == ByteOrder.LITTLE_ENDIAN) {
                assembler.swapBe(spare, Width.DW);
            }
        }
        return assembler.store(Width.DW, Reg.R10, at, spare);
    }

    /** Two words of 4 bytes as they lie in memory, one behind the other, with zeros above; both are lost. */
    Assembler both(Reg first, Reg second, int at) {
        Reg upper = order == ByteOrder.BIG_ENDIAN ? first : second;
        Reg lower = order == ByteOrder.BIG_ENDIAN ? second : first;
        return assembler
                .alu(Insn.AluOp.LSH, upper, Integer.SIZE)
                .alu(Insn.AluOp.OR, lower, upper)
                .store(Width.DW, Reg.R10, at, lower);
    }
}
