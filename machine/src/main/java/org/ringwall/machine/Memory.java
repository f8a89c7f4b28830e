package org.ringwall.machine;

import java.nio.ByteOrder;
import org.ringwall.bpf.insn.Width;

/** How numbers lie in the memory of a host of this byte order. */
record Memory(ByteOrder order) {
    long read(byte[] bytes, int offset, Width width) {
        long value = 0;
        for (int index = width.bytes() - 1; index >= 0; index--) {
            value = value << 8 | bytes[offset + place(index, width.bytes())] & 0xff;
        }
        return value;
    }

    void write(byte[] bytes, int offset, Width width, long value) {
        for (int index = 0; index < width.bytes(); index++) {
            bytes[offset + place(index, width.bytes())] = byteAt(value, index);
        }
    }

    /** Where the byte of this significance lies among `length`. */
    private int place(int index, int length) {
        return big() ? length - 1 - index : index;
    }

    boolean big() {
        return order == ByteOrder.BIG_ENDIAN;
    }

    /** The byte of this significance, from the least. */
    static byte byteAt(long value, int index) {
        return (byte) (value >>> 8 * index);
    }
}
