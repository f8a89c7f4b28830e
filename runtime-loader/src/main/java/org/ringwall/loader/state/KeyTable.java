// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.sys.Fd;

/**
 * Distinct keys of one size, each with a value of eight bytes, in arrays instead of an object for
 * each: a live set can have millions.
 */
final class KeyTable {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

    private final int keySize;
    private final byte[] keys;
    private final byte[] values;

    /** The numbers of keys, from 1, by their hash; 0 is free. At least half are free. */
    private final int[] slots;

    /** Keys that collide cannot be chosen, since this is not known. */
    private final long seed = System.nanoTime() * MULTIPLIER;

    private int size;
    private long comparisons;

    /** Creates a table with room for this many keys. */
    KeyTable(int keySize, int most) {
        this.keySize = keySize;
        this.keys = new byte[Math.multiplyExact(keySize, most)];
        this.values = new byte[Math.multiplyExact(Long.BYTES, most)];
        this.slots = new int[Integer.highestOneBit(Math.max(most, 1)) * 4];
    }

    int size() {
        return size;
    }

    /** Returns how many keys were compared so far. */
    long comparisons() {
        return comparisons;
    }

    /** Adds a key, unless it is there. */
    void add(byte[] key, byte[] value) {
        int slot = slot(key, 0);
        if (slots[slot] == 0) {
            System.arraycopy(key, 0, keys, size * keySize, keySize);
            System.arraycopy(value, 0, values, size * Long.BYTES, Long.BYTES);
            size++;
            slots[slot] = size;
        }
    }

    /** Replaces the values of those keys of a map that are in this table by the map's. */
    void takeValues(Bpf bpf, Fd map) {
        MapEntries.each(bpf, map, (others, theirs, count) -> {
            for (int i = 0; i < count; i++) {
                int number = slots[slot(others, i * keySize)];
                if (number > 0) {
                    System.arraycopy(theirs, i * Long.BYTES, values, (number - 1) * Long.BYTES, Long.BYTES);
                }
            }
        });
    }

    /** Adds all keys with their values to a map that is not in force yet. */
    void fill(Bpf bpf, Fd map) {
        if (size == 0 || bpf.mapUpdateBatch(map, keys, values, size)) {
            return;
        }
        for (int i = 0; i < size; i++) {
            bpf.mapUpdate(
                    map,
                    Arrays.copyOfRange(keys, i * keySize, (i + 1) * keySize),
                    Arrays.copyOfRange(values, i * Long.BYTES, (i + 1) * Long.BYTES));
        }
    }

    /** Returns the slot of a key, or the free one in which it would be. */
    private int slot(byte[] from, int offset) {
        int slot = (int) (hash(from, offset) >>> 32) & slots.length - 1;
        while (slots[slot] > 0) {
            comparisons++;
            int known = (slots[slot] - 1) * keySize;
            if (Arrays.equals(keys, known, known + keySize, from, offset, offset + keySize)) {
                return slot;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    private long hash(byte[] from, int offset) {
        long hash = seed;
        int at = 0;
        for (; at + Long.BYTES <= keySize; at += Long.BYTES) {
            hash = mixed(hash ^ (long) LONG.get(from, offset + at));
        }
        for (; at < keySize; at++) {
            hash = mixed(hash ^ from[offset + at]);
        }
        return hash;
    }

    /** Lets each bit change about half of all bits, as the finalizer of MurmurHash3 does. */
    private static long mixed(long value) {
        long first = (value ^ value >>> 33) * MULTIPLIER;
        long second = (first ^ first >>> 33) * MULTIPLIER;
        return second ^ second >>> 33;
    }
}
