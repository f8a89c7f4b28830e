// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/** A conversion of keys to and from their bytes in maps (docs/abi.md section 1). */
public final class KeyBytes {
    /** The size of an address in maps and records. */
    static final int ADDRESS = 16;

    /** The size of an address in a key that has only IPv4 addresses. */
    private static final int V4 = 4;

    private KeyBytes() {}

    /**
     * Returns the bytes of a key on a host of this byte order: a value for each part of the layout,
     * in order.
     */
    public static Bytes of(KeyLayout layout, List<KeyValue> key, ByteOrder order) {
        StructLayout struct = layout.struct();
        if (key.size() != layout.parts().size()) {
            throw new IllegalArgumentException(key + " is not a key of " + layout.fields());
        }
        ByteBuffer bytes = ByteBuffer.allocate(struct.size()).order(order);
        for (int i = 0; i < key.size(); i++) {
            KeyLayout.Part part = layout.parts().get(i);
            bytes.position(struct.offset(part.member()));
            put(bytes, part, key.get(i));
        }
        return Bytes.of(bytes.array());
    }

    private static void put(ByteBuffer bytes, KeyLayout.Part part, KeyValue value) {
        switch (part.kind()) {
            case ADDRESS -> bytes.put(address(((KeyValue.OfAddress) value).address()));
            case ADDRESS4 -> bytes.put(address(((KeyValue.OfAddress) value).address()), ADDRESS - V4, V4);
            case NUMBER -> bytes.putInt((int) number(value));
            case WIDE -> bytes.putLong(number(value));
            case COMM -> bytes.put(((KeyValue.OfText) value).text().toArray());
        }
    }

    private static long number(KeyValue value) {
        return ((KeyValue.OfNumber) value).number();
    }

    /** Returns the key in these bytes. */
    public static List<KeyValue> read(KeyLayout layout, Bytes key, ByteOrder order) {
        StructLayout struct = layout.struct();
        ByteBuffer bytes = key.buffer(order);
        List<KeyValue> values = new ArrayList<>();
        for (KeyLayout.Part part : layout.parts()) {
            int at = struct.offset(part.member());
            values.add(
                    switch (part.kind()) {
                        case ADDRESS -> new KeyValue.OfAddress(address(bytes, at));
                        case ADDRESS4 -> new KeyValue.OfAddress(v4(bytes, at));
                        case NUMBER -> new KeyValue.OfNumber(Integer.toUnsignedLong(bytes.getInt(at)));
                        case WIDE -> new KeyValue.OfNumber(bytes.getLong(at));
                        case COMM ->
                            new KeyValue.OfText(
                                    text(bytes, at, struct.member(part.member()).size()));
                    });
        }
        return values;
    }

    /** Returns 16 bytes in network order, IPv4 as IPv4-mapped. */
    public static byte[] address(Address address) {
        long mapped = address.isV4() ? AddressSet.MAPPED_LOW.low() : 0;
        return ByteBuffer.allocate(ADDRESS)
                .putLong(address.bits().high())
                .putLong(address.bits().low() | mapped)
                .array();
    }

    /** Returns the address at this offset. */
    static Address address(ByteBuffer bytes, int at) {
        ByteBuffer network = bytes.duplicate().order(ByteOrder.BIG_ENDIAN);
        return Address.ofV6(new U128(network.getLong(at), network.getLong(at + Long.BYTES)));
    }

    private static Address v4(ByteBuffer bytes, int at) {
        long bits = Integer.toUnsignedLong(
                bytes.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(at));
        return Address.ofV6(new U128(0, AddressSet.MAPPED_LOW.low() | bits));
    }

    /** Returns the characters up to a NUL, or all `size` of them. */
    static ByteString text(ByteBuffer bytes, int at, int size) {
        byte[] all = new byte[size];
        int end = 0;
        while (end < size && bytes.get(at + end) != 0) {
            all[end] = bytes.get(at + end);
            end++;
        }
        return ByteString.of(all, end);
    }
}
