// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable sequence of bytes, compared by content. */
public final class Bytes {
    /** No bytes. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** Returns a copy of these bytes. */
    public static Bytes of(byte[] content) {
        return new Bytes(content.clone());
    }

    /** Returns a copy of the remaining bytes of the buffer, whose position does not change. */
    public static Bytes of(ByteBuffer buffer) {
        byte[] content = new byte[buffer.remaining()];
        buffer.duplicate().get(content);
        return new Bytes(content);
    }

    /** Returns this many zero bytes. */
    public static Bytes zeros(int size) {
        return new Bytes(new byte[size]);
    }

    /** Returns the number of bytes. */
    public int size() {
        return content.length;
    }

    public byte at(int index) {
        return content[index];
    }

    /** Returns whether every byte is 0. */
    public boolean isZero() {
        for (byte b : content) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns a copy of {@code size} bytes from {@code offset}. */
    public Bytes slice(int offset, int size) {
        if (offset < 0 || size < 0 || size > content.length - offset) {
            throw new IndexOutOfBoundsException("bytes " + offset + ".." + ((long) offset + size));
        }
        return new Bytes(Arrays.copyOfRange(content, offset, offset + size));
    }

    /** Returns the text before the first zero byte, or of all bytes, decoded as UTF-8. */
    public String text() {
        String text = new String(content, StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    /** Returns a copy as an array. */
    public byte[] toArray() {
        return content.clone();
    }

    /** Returns a read-only view in this byte order. */
    public ByteBuffer buffer(ByteOrder order) {
        return ByteBuffer.wrap(content).asReadOnlyBuffer().order(order);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** Returns the bytes in hexadecimal; for long content the first 32 and the size. */
    @Override
    public String toString() {
        int shown = Math.min(content.length, 32);
        String hex = HexFormat.of().formatHex(content, 0, shown);
        return shown == content.length ? hex : hex + "… (" + content.length + " bytes)";
    }
}
