// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A table of strings that end with a zero byte, read by offset. Strings may overlap, so hostile
 * offsets could produce many long ones from few bytes. The total size of distinct strings is
 * therefore bounded by a small multiple of the table.
 */
public final class StringTable {
    private static final int AMPLIFICATION = 8;
    private static final int FREE = 1 << 16;

    private final byte[] bytes;
    private final Map<Integer, Optional<String>> known = new HashMap<>();
    private long budget;

    /** Creates a table of the remaining bytes of the buffer. */
    public StringTable(ByteBuffer bytes) {
        this.bytes = new byte[bytes.remaining()];
        bytes.duplicate().get(this.bytes);
        this.budget = (long) this.bytes.length * AMPLIFICATION + FREE;
    }

    /** Returns the size of the table in bytes. */
    public int size() {
        return bytes.length;
    }

    /**
     * Returns the string at this offset; empty if none starts or ends inside the table, or the
     * bound is exceeded.
     */
    public Optional<String> at(long offset) {
        if (offset < 0 || offset >= bytes.length) {
            return Optional.empty();
        }
        Optional<String> before = known.get((int) offset);
        if (before != null) {
            return before;
        }
        Optional<String> text = decode((int) offset);
        known.put((int) offset, text);
        return text;
    }

    /**
     * Returns whether these bytes and a zero byte are at the offset, in time proportional to their
     * length.
     */
    public boolean holds(long offset, byte[] text) {
        if (offset < 0 || offset + text.length >= bytes.length) {
            return false;
        }
        int at = (int) offset;
        return bytes[at + text.length] == 0 && Arrays.equals(bytes, at, at + text.length, text, 0, text.length);
    }

    /**
     * Returns the beginning of the string at the offset, as {@link #beginning(byte[])}; 0 if none
     * begins there.
     */
    public int beginning(long offset) {
        return offset < 0 || offset >= bytes.length - 1 ? 0 : beginning(bytes[(int) offset], bytes[(int) offset + 1]);
    }

    /**
     * Returns the first two bytes of a string as one number below 65536. Strings with different
     * beginnings differ.
     */
    public static int beginning(byte[] text) {
        return text.length == 0 ? 0 : beginning(text[0], text.length == 1 ? 0 : text[1]);
    }

    private static int beginning(byte first, byte second) {
        return first == 0 ? 0 : (first & 0xff) << Byte.SIZE | second & 0xff;
    }

    private Optional<String> decode(int offset) {
        int end = offset;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        int length = end - offset;
        // Both the search for the end and decoding count against the bound.
        budget -= length;
        if (end == bytes.length || budget < 0) {
            return Optional.empty();
        }
        return Optional.of(new String(bytes, offset, length, StandardCharsets.UTF_8));
    }
}
