package org.ringwall.machine;

import java.util.function.LongUnaryOperator;
import org.ringwall.bpf.insn.Width;

/** Numbers in byte arrays, least significant byte first. */
final class LittleEndian {
    private LittleEndian() {}

    static long read(byte[] bytes, int offset, Width width) {
        return number(width, index -> bytes[offset + Math.toIntExact(index)]);
    }

    static void write(byte[] bytes, int offset, Width width, long value) {
        for (int index = 0; index < width.bytes(); index++) {
            bytes[offset + index] = byteAt(value, index);
        }
    }

    static long number(Width width, LongUnaryOperator byteAt) {
        long value = 0;
        for (int index = width.bytes() - 1; index >= 0; index--) {
            value = value << 8 | byteAt.applyAsLong(index) & 0xff;
        }
        return value;
    }

    static byte byteAt(long value, int index) {
        return (byte) (value >>> 8 * index);
    }
}
