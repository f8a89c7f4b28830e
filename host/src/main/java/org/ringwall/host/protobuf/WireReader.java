// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.protobuf;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A reader of one message in the wire format of Protocol Buffers. Call {@link #next}, and then one
 * method for the value of that field; a field whose value is not read is skipped.
 *
 * <p>A malformed message gives a {@link ProtocolException}. No method reads beyond the message or
 * allocates more memory than its size.
 */
public final class WireReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;
    private static final int TYPE_BITS = 3;
    private static final int GROUP_BITS = 7;
    private static final int MAX_VARINT_BYTES = 10;

    private final ByteBuffer in;
    private int field;
    private int type;
    private boolean pending;

    public WireReader(byte[] message) {
        this(ByteBuffer.wrap(message));
    }

    private WireReader(ByteBuffer in) {
        this.in = in;
    }

    /** Reads the key of the next field; returns whether there is one. */
    public boolean next() throws ProtocolException {
        if (pending) {
            skip();
        }
        if (!in.hasRemaining()) {
            return false;
        }
        long key = rawVarint();
        if (key < 0 || key > 0xffff_ffffL || key >>> TYPE_BITS == 0) {
            throw new ProtocolException("a field has no valid number");
        }
        field = (int) (key >>> TYPE_BITS);
        type = (int) key & GROUP_BITS;
        pending = true;
        return true;
    }

    /** Returns the number of the field that {@link #next} found. */
    public int field() {
        return field;
    }

    /** Returns the value of an integer, an enum or a bool. */
    public long number() throws ProtocolException {
        expect(VARINT);
        return rawVarint();
    }

    /** Returns the value of a string. */
    public String text() throws ProtocolException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(content()).toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolException("field " + field + " is not UTF-8");
        }
    }

    /** Returns a copy of the value of bytes. */
    public byte[] bytes() throws ProtocolException {
        ByteBuffer content = content();
        byte[] copy = new byte[content.remaining()];
        content.get(copy);
        return copy;
    }

    /** Returns a reader of the value of a message. */
    public WireReader message() throws ProtocolException {
        return new WireReader(content());
    }

    /** Reads the value, an entry of a `map<string, string>`, into a map. */
    public void readMapEntry(Map<String, String> map) throws ProtocolException {
        WireReader entry = message();
        String key = "";
        String value = "";
        while (entry.next()) {
            switch (entry.field()) {
                case 1 -> key = entry.text();
                case 2 -> value = entry.text();
                default -> entry.skip();
            }
        }
        map.put(key, value);
    }

    /** Returns an empty map that keeps the order of insertion. */
    public static Map<String, String> newMap() {
        return new LinkedHashMap<>();
    }

    /** Skips the value of the field. */
    public void skip() throws ProtocolException {
        switch (type) {
            case VARINT -> number();
            case FIXED64 -> skipFixed(FIXED64, Long.BYTES);
            case BYTES -> content();
            case FIXED32 -> skipFixed(FIXED32, Integer.BYTES);
            default -> throw new ProtocolException("field " + field + " has the unknown type " + type);
        }
    }

    private void skipFixed(int expected, int size) throws ProtocolException {
        expect(expected);
        slice(size);
    }

    private ByteBuffer content() throws ProtocolException {
        expect(BYTES);
        return slice(rawVarint());
    }

    private ByteBuffer slice(long size) throws ProtocolException {
        if (size < 0 || size > in.remaining()) {
            throw new ProtocolException("field " + field + " is longer than its message");
        }
        ByteBuffer part = in.slice(in.position(), (int) size);
        in.position(in.position() + (int) size);
        return part;
    }

    private void expect(int expected) throws ProtocolException {
        if (type != expected) {
            throw new ProtocolException("field " + field + " has type " + type + " instead of " + expected);
        }
        pending = false;
    }

    private long rawVarint() throws ProtocolException {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (!in.hasRemaining()) {
                throw new ProtocolException("the message ends within a number");
            }
            byte part = in.get();
            value |= (part & 0x7fL) << (GROUP_BITS * i);
            if (part >= 0) {
                return value;
            }
        }
        throw new ProtocolException("a number has more than " + MAX_VARINT_BYTES + " bytes");
    }
}
