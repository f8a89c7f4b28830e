// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing sequence of bytes with numbers in one byte order. Numbers are unsigned and must fit.
 */
public final class ByteSink {
    private final ByteOrder order;
    private ByteBuffer buffer;

    /** Creates an empty sequence with this byte order. */
    public ByteSink(ByteOrder order) {
        this.order = order;
        this.buffer = ByteBuffer.allocate(256).order(order);
    }

    /** Returns the number of bytes. */
    public int size() {
        return buffer.position();
    }

    /** Adds one byte. */
    public ByteSink u8(int value) {
        room(1).put((byte) fit(value, 8));
        return this;
    }

    /** Adds two bytes. */
    public ByteSink u16(int value) {
        room(2).putShort((short) fit(value, 16));
        return this;
    }

    /** Adds four bytes. */
    public ByteSink u32(long value) {
        room(4).putInt((int) fit(value, 32));
        return this;
    }

    /** Adds four bytes of a signed number. */
    public ByteSink s32(int value) {
        room(4).putInt(value);
        return this;
    }

    /** Adds eight bytes. */
    public ByteSink u64(long value) {
        room(8).putLong(value);
        return this;
    }

    /** Adds these bytes. */
    public ByteSink bytes(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    /** Adds zeros until the size is a multiple of {@code alignment}. */
    public ByteSink align(int alignment) {
        return bytes(new byte[Math.floorMod(-size(), alignment)]);
    }

    public byte[] toArray() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private ByteBuffer room(int bytes) {
        int needed = Math.addExact(buffer.position(), bytes);
        if (needed > buffer.capacity()) {
            int grown = (int) Math.min(Integer.MAX_VALUE - 16L, Math.max(needed, buffer.capacity() * 2L));
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), grown))
                    .order(order)
                    .position(buffer.position());
        }
        return buffer;
    }

    private static long fit(long value, int bits) {
        if (value >>> bits != 0) {
            throw new IllegalArgumentException("number " + value + " does not fit " + bits + " bits");
        }
        return value;
    }
}
