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
    /** Bytes 8 to 11 of a v4-mapped address, in network order. */
    private static final int MAPPED = 0xffff;

    private static final int MAPPED_BITS = 16;

    /** `address`, 32 bits in network order with zeros above, behind the first bytes of the last half of a v4-mapped address; it is lost. */
    Assembler mapped(Reg address, int at) {
        if (order == ByteOrder.BIG_ENDIAN) {
            return assembler.store(Width.W, Reg.R10, at, MAPPED).store(Width.W, Reg.R10, at + Integer.BYTES, address);
        }
        return assembler
                .alu(Insn.AluOp.LSH, address, MAPPED_BITS)
                .alu(Insn.AluOp.OR, address, MAPPED)
                .alu(Insn.AluOp.LSH, address, MAPPED_BITS)
                .store(Width.DW, Reg.R10, at, address);
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
