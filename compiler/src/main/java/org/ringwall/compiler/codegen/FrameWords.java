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

    /** Two words of 4 bytes as they lie in memory, one behind the other, with zeros above; both are lost. */
    Assembler both(Reg first, Reg second, int at) {
        turn(first, Width.W);
        turn(second, Width.W);
        assembler.alu(Insn.AluOp.LSH, second, Integer.SIZE).alu(Insn.AluOp.OR, first, second);
        turn(first, Width.DW);
        return assembler.store(Width.DW, Reg.R10, at, first);
    }

    /** Where machines have the great end first, turned, so that the code between turns is the same for all. */
    private void turn(Reg word, Width width) {
        if (order == ByteOrder.BIG_ENDIAN) {
            assembler.swapLe(word, width);
        }
    }
}
