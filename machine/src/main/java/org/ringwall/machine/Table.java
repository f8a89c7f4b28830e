package org.ringwall.machine;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A hash or array map as lookups see it. What a program writes into a value is seen by later lookups of the same run only.
 */
public final class Table implements Symbol {
    private final String name;
    private final int keySize;
    private final int valueSize;
    private final Map<ByteBuffer, byte[]> entries;

    /** Copies `entries`, whose keys and values have these sizes in bytes. An array's keys are its indexes, 4 bytes. */
    public Table(String name, int keySize, int valueSize, Map<ByteBuffer, byte[]> entries) {
        this.name = name;
        this.keySize = keySize;
        this.valueSize = valueSize;
        this.entries = new HashMap<>();
        entries.forEach((key, value) -> {
            if (key.remaining() != keySize || value.length != valueSize) {
                throw new IllegalArgumentException("an entry of another size in `" + name + "`");
            }
            this.entries.put(ByteBuffer.wrap(bytes(key)), value.clone());
        });
    }

    @Override
    public String name() {
        return name;
    }

    /** In bytes. */
    public int keySize() {
        return keySize;
    }

    /** In bytes. */
    public int valueSize() {
        return valueSize;
    }

    /** A copy of the value under this key. */
    public Optional<byte[]> value(byte[] key) {
        return Optional.ofNullable(entries.get(ByteBuffer.wrap(key))).map(byte[]::clone);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
