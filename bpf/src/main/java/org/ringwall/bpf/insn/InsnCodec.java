// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The encoder and decoder of instructions, in either byte order; the register nibbles are swapped
 * with it (RFC 9669 section 3).
 */
public final class InsnCodec {
    /** The size of a slot in bytes. */
    public static final int SLOT_BYTES = Slot.BYTES;

    private InsnCodec() {}

    /** Returns how many slots these instructions take. */
    public static int slots(List<Insn> insns) {
        int slots = 0;
        for (Insn insn : insns) {
            slots = Math.addExact(slots, insn.slots());
        }
        return slots;
    }

    /** Returns the encoding, {@link #SLOT_BYTES} bytes for each slot. */
    public static byte[] encode(List<Insn> insns, ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(slots(insns), SLOT_BYTES))
                .order(order);
        for (Insn insn : insns) {
            insn.accept(SlotEncoder.FIRST).write(bytes);
            if (insn instanceof Insn.LoadImm64 load) {
                new Slot(0, 0, 0, (short) 0, load.high()).write(bytes);
            }
        }
        return bytes.array();
    }

    /** Returns the opcode byte of the first slot. */
    public static int opcode(Insn insn) {
        return insn.accept(SlotEncoder.FIRST).code();
    }

    /**
     * Decodes instructions.
     *
     * @throws MalformedInsnException for any bytes that are not instructions; no other exception is
     *     thrown
     */
    public static List<Insn> decode(byte[] bytes, ByteOrder order) throws MalformedInsnException {
        if (bytes.length % SLOT_BYTES != 0) {
            throw new MalformedInsnException(
                    bytes.length / SLOT_BYTES, "cut off after " + bytes.length % SLOT_BYTES + " of 8 bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
        List<Insn> insns = new ArrayList<>(bytes.length / SLOT_BYTES);
        while (buffer.hasRemaining()) {
            int at = buffer.position() / SLOT_BYTES;
            insns.add(new SlotDecoder(at, buffer).decode());
        }
        return List.copyOf(insns);
    }
}
