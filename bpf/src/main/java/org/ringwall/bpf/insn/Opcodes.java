// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/**
 * The opcode numbers of RFC 9669 sections 3 to 5 that do not belong to one enum constant of
 * {@link Insn}.
 */
final class Opcodes {
    static final int LD = 0x00;
    static final int LDX = 0x01;
    static final int ST = 0x02;
    static final int STX = 0x03;
    static final int ALU = 0x04;
    static final int JMP = 0x05;
    static final int JMP32 = 0x06;
    static final int ALU64 = 0x07;

    /** The second operand is a register. In END it means big endian. */
    static final int SRC_REG = 0x08;

    static final int NEG = 0x80;
    static final int MOV = 0xb0;
    static final int END = 0xd0;

    static final int JA = 0x00;
    static final int CALL = 0x80;
    static final int EXIT = 0x90;
    /** may_goto of kernel 6.9, outside RFC 9669. */
    static final int JCOND = 0xe0;

    static final int MODE_IMM = 0x00;
    static final int MODE_ABS = 0x20;
    static final int MODE_IND = 0x40;
    static final int MODE_MEM = 0x60;
    static final int MODE_MEMSX = 0x80;
    static final int MODE_ATOMIC = 0xc0;

    static final int FETCH = 0x01;
    /** load_acquire and store_release of kernel 6.15, outside RFC 9669. */
    static final int LOAD_ACQUIRE = 0x100;

    static final int STORE_RELEASE = 0x110;

    static final int CALL_LOCAL = 1;
    static final int CALL_KFUNC = 2;

    private Opcodes() {}

    static int size(Width width) {
        return switch (width) {
            case W -> 0x00;
            case H -> 0x08;
            case B -> 0x10;
            case DW -> 0x18;
        };
    }

    static Width width(int code) {
        return switch (code & 0x18) {
            case 0x00 -> Width.W;
            case 0x08 -> Width.H;
            case 0x10 -> Width.B;
            default -> Width.DW;
        };
    }

    static int alu(Width width) {
        return width == Width.DW ? ALU64 : ALU;
    }

    static int jump(Width width) {
        return width == Width.DW ? JMP : JMP32;
    }
}
