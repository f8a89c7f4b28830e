package org.ringwall.bpf.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads strings that end with a zero byte, by offset. Strings may overlap, so hostile offsets could make many long ones
 * out of few bytes: all distinct ones together are bounded by a small multiple of the table.
 */
public final class StringTable {
    private static final int AMPLIFICATION = 8;
    private static final int FREE = 1 << 16;

    private final byte[] bytes;
    private final Map<Integer, Optional<String>> known = new HashMap<>();
    private long budget;

    /** A table of what remains in the buffer. */
    public StringTable(ByteBuffer bytes) {
        this.bytes = new byte[bytes.remaining()];
        bytes.duplicate().get(this.bytes);
        this.budget = (long) this.bytes.length * AMPLIFICATION + FREE;
    }

    /** How many bytes the table has. */
    public int size() {
        return bytes.length;
    }

    /** The string at this offset; empty where none starts or ends inside the table, or the bound is spent. */
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

    /** Whether these bytes and a zero byte stand at the offset; costs no more than they are long. */
    public boolean holds(long offset, byte[] text) {
        if (offset < 0 || offset + text.length >= bytes.length) {
            return false;
        }
        int at = (int) offset;
        return bytes[at + text.length] == 0 && Arrays.equals(bytes, at, at + text.length, text, 0, text.length);
    }

    /** How the string at the offset begins, as {@link #beginning(byte[])} says; 0 where none begins there. */
    public int beginning(long offset) {
        return offset < 0 || offset >= bytes.length - 1 ? 0 : beginning(bytes[(int) offset], bytes[(int) offset + 1]);
    }

    /** The first two bytes of a string as one number below 65536: strings that begin otherwise are others. */
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
        // Looking for the end costs as much as decoding, so that both are charged.
        budget -= length;
        if (end == bytes.length || budget < 0) {
            return Optional.empty();
        }
        return Optional.of(new String(bytes, offset, length, StandardCharsets.UTF_8));
    }
}
