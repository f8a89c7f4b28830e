package org.ringwall.bpf.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

    private final ByteBuffer bytes;
    private final Map<Integer, Optional<String>> known = new HashMap<>();
    private long budget;

    /** A table of what remains in the buffer. */
    public StringTable(ByteBuffer bytes) {
        this.bytes = bytes.slice();
        this.budget = (long) bytes.remaining() * AMPLIFICATION + FREE;
    }

    /** How many bytes the table has. */
    public int size() {
        return bytes.limit();
    }

    /** The string at this offset; empty where none starts or ends inside the table, or the bound is spent. */
    public Optional<String> at(long offset) {
        if (offset < 0 || offset >= bytes.limit()) {
            return Optional.empty();
        }
        return known.computeIfAbsent((int) offset, this::decode);
    }

    private Optional<String> decode(int offset) {
        int end = offset;
        while (end < bytes.limit() && bytes.get(end) != 0) {
            end++;
        }
        int length = end - offset;
        // Looking for the end costs as much as decoding, so that both are charged.
        budget -= length;
        if (end == bytes.limit() || budget < 0) {
            return Optional.empty();
        }
        byte[] raw = new byte[length];
        bytes.get(offset, raw);
        return Optional.of(new String(raw, StandardCharsets.UTF_8));
    }
}
