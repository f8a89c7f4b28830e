// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A builder of a string table without duplicates, in the order of first addition; offset 0 is the
 * empty string.
 */
public final class StringTableBuilder {
    private final ByteSink sink;
    private final Map<String, Integer> offsets = new HashMap<>();

    /** Creates a table with the empty string. */
    public StringTableBuilder() {
        sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        add("");
    }

    /** Returns the offset of this string, which must not contain a zero byte. */
    public int add(String text) {
        Integer known = offsets.get(text);
        if (known != null) {
            return known;
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("string holds a zero byte");
        }
        int offset = sink.size();
        sink.bytes(text.getBytes(StandardCharsets.UTF_8)).u8(0);
        offsets.put(text, offset);
        return offset;
    }

    public byte[] toArray() {
        return sink.toArray();
    }
}
