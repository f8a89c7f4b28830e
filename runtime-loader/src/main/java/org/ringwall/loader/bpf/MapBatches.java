// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.Arrays;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/**
 * Access to many entries of a map with one system call: BPF_MAP_LOOKUP_BATCH and
 * BPF_MAP_UPDATE_BATCH (Linux 5.6 for hashes and arrays, later for tries). A kernel that does not
 * support a type of map returns ENOTSUPP ({@code bpf_map_do_batch}).
 */
final class MapBatches {
    private static final int LOOKUP_BATCH = 24;
    private static final int UPDATE_BATCH = 26;
    private static final int ENOTSUPP = 524;
    private static final int FIRST = 1 << 12;
    private static final int LARGEST = 1 << 20;

    private final NativeArena arena;
    private final Caller caller;
    private final int attrSize;

    /** A call of {@code bpf(2)}. */
    interface Caller {
        long call(int command, NativeBlock attr);
    }

    MapBatches(NativeArena arena, Caller caller, int attrSize) {
        this.arena = arena;
        this.caller = caller;
        this.attrSize = attrSize;
    }

    /**
     * Sets the values of this many keys. Returns false, and changes nothing, if the kernel does not
     * support it.
     */
    boolean update(Fd map, byte[] keys, byte[] values, int count) {
        int keySize = keys.length / count;
        int valueSize = values.length / count;
        for (int from = 0; from < count; from += FIRST) {
            int some = Math.min(FIRST, count - from);
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock attr = frame.zeros(attrSize).putInt(32, some).putInt(36, map.number());
                attr.putLong(16, frame.bytes(slice(keys, from, some, keySize)).address());
                attr.putLong(
                        24, frame.bytes(slice(values, from, some, valueSize)).address());
                long result = caller.call(UPDATE_BATCH, attr);
                if (result == -ENOTSUPP && from == 0) {
                    return false;
                }
                accepted("change a map", result);
            }
        }
        return true;
    }

    private static byte[] slice(byte[] bytes, int from, int count, int size) {
        return Arrays.copyOfRange(bytes, from * size, (from + count) * size);
    }

    /**
     * Reads all entries of a map. Returns false if the kernel does not support it, or gives up
     * because the map changes meanwhile.
     */
    boolean read(Fd map, int keySize, int valueSize, Bpf.EntryReader reader) {
        byte[] position = new byte[0];
        int capacity = FIRST;
        while (true) {
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock keys = frame.zeros(capacity * keySize);
                NativeBlock values = frame.zeros(capacity * valueSize);
                NativeBlock next = frame.zeros(Math.max(keySize, Integer.BYTES));
                NativeBlock attr = frame.zeros(attrSize).putInt(32, capacity).putInt(36, map.number());
                attr.putLong(0, position.length == 0 ? 0 : frame.bytes(position).address());
                attr.putLong(8, next.address()).putLong(16, keys.address()).putLong(24, values.address());
                long result = caller.call(LOOKUP_BATCH, attr);
                if (result == -ENOTSUPP || result == -Errno.EINTR.number()) {
                    return false;
                }
                // A bucket of a hash is read as a whole or not at all.
                if (result == -Errno.ENOSPC.number() && capacity < LARGEST) {
                    capacity *= 4;
                    continue;
                }
                boolean last = result == -Errno.ENOENT.number();
                accepted("read a map", last ? 0 : result);
                int count = attr.intAt(32);
                reader.read(keys.bytes(0, count * keySize), values.bytes(0, count * valueSize), count);
                if (last) {
                    return true;
                }
                position = next.bytes(0, next.size());
            }
        }
    }

    private static void accepted(String tried, long result) {
        if (result < 0) {
            throw new KernelRefusedException(tried, new ErrorNumber(Math.toIntExact(-result)), Optional.empty());
        }
    }
}
