// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The memory of one value. It remains that memory while a program has a pointer to it, even if the
 * map has a new one by then.
 */
public final class Cell {
    /** The size of `struct bpf_spin_lock` in include/uapi/linux/bpf.h, in bytes. */
    public static final int LOCK_SIZE = 4;

    private final byte[] bytes;
    private final OptionalInt lock;
    private Optional<Object> holder = Optional.empty();

    Cell(int size, OptionalInt lock) {
        this.bytes = new byte[size];
        this.lock = lock;
    }

    /** Returns the memory itself, not a copy; the lock's bytes are 0 whether it is held or not. */
    public byte[] live() {
        return bytes;
    }

    /** Returns a copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the offset of the value's `bpf_spin_lock`. */
    public OptionalInt lock() {
        return lock;
    }

    /** Returns the holder of the lock. */
    public Optional<Object> holder() {
        return holder;
    }

    /** Takes the lock, which must be free. */
    public void take(Object taker) {
        if (holder.isPresent()) {
            throw new IllegalStateException("the lock is held");
        }
        holder = Optional.of(taker);
    }

    /** Releases the lock. */
    public void release() {
        holder = Optional.empty();
    }

    /** Copies all but the lock, from `offset` of these bytes on: `copy_map_value`. */
    void copy(byte[] from, int offset) {
        for (int index = 0; index < bytes.length; index++) {
            boolean locks = lock.isPresent() && index >= lock.getAsInt() && index < lock.getAsInt() + LOCK_SIZE;
            if (!locks) {
                bytes[index] = from[offset + index];
            }
        }
    }

    /** Copies under the lock, which must be free: `copy_map_value_locked`. */
    void copyLocked(byte[] from, int offset) {
        if (holder.isPresent()) {
            throw new IllegalStateException("the lock is held by a run that has not ended");
        }
        copy(from, offset);
    }
}
