// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.ByteOrder;
import org.ringwall.bpf.insn.Width;

/** The encoding of numbers in the memory of a host of this byte order. */
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

    /** Returns the position of the byte of this significance among `length`. */
    private int place(int index, int length) {
        return big() ? length - 1 - index : index;
    }

    boolean big() {
        return order == ByteOrder.BIG_ENDIAN;
    }

    /** Returns the byte of this significance, counted from the least. */
    static byte byteAt(long value, int index) {
        return (byte) (value >>> 8 * index);
    }
}
