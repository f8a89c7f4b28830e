// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A slot of 8 bytes of a program's translated code (`xlated_prog_insns` of struct bpf_prog_info).
 *
 * @param code the opcode
 * @param dst number of the destination register
 * @param src number of the source register
 */
record TranslatedSlot(int code, int dst, int src, short off, int imm) {
    private static final int CALL = 0x85;
    private static final int CLASS = 0x07;
    private static final int STORE_IMMEDIATE = 0x02;
    private static final int STORE_REGISTER = 0x03;
    private static final int ALU = 0x04;
    private static final int ALU64 = 0x07;

    /** Returns all slots of a program. */
    static List<TranslatedSlot> all(byte[] code) {
        ByteBuffer bytes = ByteBuffer.wrap(code).order(ByteOrder.nativeOrder());
        boolean little = bytes.order() == ByteOrder.LITTLE_ENDIAN;
        List<TranslatedSlot> slots = new ArrayList<>();
        while (bytes.remaining() >= Long.BYTES) {
            int opcode = bytes.get() & 0xff;
            int registers = bytes.get() & 0xff;
            int low = registers & 0xf;
            int high = registers >> 4;
            slots.add(new TranslatedSlot(
                    opcode, little ? low : high, little ? high : low, bytes.getShort(), bytes.getInt()));
        }
        return slots;
    }

    /** Returns whether this calls a helper, a kernel function or a subprogram. */
    boolean calls() {
        return code == CALL;
    }

    /**
     * Returns whether this calls a helper by address. The second slot of a wide load has the opcode
     * 0.
     */
    boolean callsHelper() {
        return calls() && src == 0;
    }

    /** Returns whether this stores an immediate or a register. */
    boolean stores() {
        return (code & CLASS) == STORE_IMMEDIATE || (code & CLASS) == STORE_REGISTER;
    }

    /**
     * Returns whether this is the same instruction, whatever its registers; a stored immediate
     * matches a stored register.
     */
    boolean isLike(TranslatedSlot other) {
        return off == other.off && form() == other.form();
    }

    boolean isArithmetic() {
        return (code & CLASS) == ALU || (code & CLASS) == ALU64;
    }

    private int form() {
        return (code & CLASS) == STORE_IMMEDIATE ? code & ~CLASS | STORE_REGISTER : code;
    }
}
