// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The five fields of one encoded 8-byte slot (RFC 9669 section 3): opcode byte, the two register
 * nibbles as numbers 0 to 15, signed 16-bit offset, 32-bit immediate. It may not be a valid
 * instruction.
 */
record Slot(int code, int dst, int src, short off, int imm) {
    static final int BYTES = 8;

    /**
     * Reads 8 bytes in the buffer's order, which also determines which nibble is the destination.
     */
    static Slot read(ByteBuffer bytes) {
        int code = bytes.get() & 0xff;
        int registers = bytes.get() & 0xff;
        int high = registers >> 4;
        int low = registers & 0xf;
        boolean little = bytes.order() == ByteOrder.LITTLE_ENDIAN;
        return new Slot(code, little ? low : high, little ? high : low, bytes.getShort(), bytes.getInt());
    }

    /** Writes 8 bytes in the buffer's order. */
    void write(ByteBuffer bytes) {
        boolean little = bytes.order() == ByteOrder.LITTLE_ENDIAN;
        int registers = little ? src << 4 | dst : dst << 4 | src;
        bytes.put((byte) code).put((byte) registers).putShort(off).putInt(imm);
    }

    /** Returns the instruction class, bits 0 to 2 of the opcode. */
    int opClass() {
        return code & 0x07;
    }

    /** Returns whether the source is a register. */
    boolean fromRegister() {
        return (code & Opcodes.SRC_REG) != 0;
    }

    /** Returns the operation, bits 4 to 7 of the opcode of arithmetic and jumps. */
    int operation() {
        return code & 0xf0;
    }

    /** Returns the addressing mode, bits 5 to 7 of the opcode of loads and stores. */
    int mode() {
        return code & 0xe0;
    }
}
