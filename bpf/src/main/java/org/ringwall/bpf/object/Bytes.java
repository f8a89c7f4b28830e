package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/** Bytes that nobody can change, compared by content. */
public final class Bytes {
    /** No bytes. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** A copy of these bytes. */
    public static Bytes of(byte[] content) {
        return new Bytes(content.clone());
    }

    /** A copy of what remains in the buffer, whose position stays. */
    public static Bytes of(ByteBuffer buffer) {
        byte[] content = new byte[buffer.remaining()];
        buffer.duplicate().get(content);
        return new Bytes(content);
    }

    /** This many zero bytes. */
    public static Bytes zeros(int size) {
        return new Bytes(new byte[size]);
    }

    /** How many there are. */
    public int size() {
        return content.length;
    }

    /** The byte at this index. */
    public byte at(int index) {
        return content[index];
    }

    /** Whether every byte is 0. */
    public boolean isZero() {
        for (byte b : content) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** A copy of {@code size} bytes from {@code offset}. */
    public Bytes slice(int offset, int size) {
        if (offset < 0 || size < 0 || size > content.length - offset) {
            throw new IndexOutOfBoundsException("bytes " + offset + ".." + ((long) offset + size));
        }
        return new Bytes(Arrays.copyOfRange(content, offset, offset + size));
    }

    /** A copy as an array. */
    public byte[] toArray() {
        return content.clone();
    }

    /** A read-only view in this byte order. */
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

    /** The bytes in hexadecimal; of long content the first 32 and the size. */
    @Override
    public String toString() {
        int shown = Math.min(content.length, 32);
        String hex = HexFormat.of().formatHex(content, 0, shown);
        return shown == content.length ? hex : hex + "… (" + content.length + " bytes)";
    }
}
