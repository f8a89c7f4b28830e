// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A writer of one message in the wire format of Protocol Buffers. */
public final class WireWriter {
    private static final int TYPE_BITS = 3;
    private static final int BYTES = 2;
    private static final int GROUP_BITS = 7;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Writes an integer, an enum or a bool. */
    public WireWriter number(int field, long value) {
        varint((long) field << TYPE_BITS);
        varint(value);
        return this;
    }

    /** Writes a string. */
    public WireWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes bytes, or a message that another writer has finished. */
    public WireWriter bytes(int field, byte[] value) {
        varint((long) field << TYPE_BITS | BYTES);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    public byte[] message() {
        return out.toByteArray();
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= GROUP_BITS;
        }
        out.write((int) rest);
    }
}
