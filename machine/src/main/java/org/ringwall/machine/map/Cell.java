package org.ringwall.machine.map;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The memory of one value. It stays the memory of that value while a program holds a pointer to it, also where the map has
 * another one by then.
 */
public final class Cell {
    /** Of `struct bpf_spin_lock` in include/uapi/linux/bpf.h. */
    public static final int LOCK_SIZE = 4;

    private final byte[] bytes;
    private final OptionalInt lock;
    private Optional<Object> holder = Optional.empty();

    Cell(int size, OptionalInt lock) {
        this.bytes = new byte[size];
        this.lock = lock;
    }

    /** The memory itself, not a copy; the lock's bytes are 0 whether it is held or not. */
    public byte[] live() {
        return bytes;
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Where the value has its `bpf_spin_lock`. */
    public OptionalInt lock() {
        return lock;
    }

    /** Who holds the lock. */
    public Optional<Object> holder() {
        return holder;
    }

    /** Takes the lock, which nobody holds. */
    public void take(Object taker) {
        if (holder.isPresent()) {
            throw new IllegalStateException("the lock is held");
        }
        holder = Optional.of(taker);
    }

    /** Gives the lock back. */
    public void release() {
        holder = Optional.empty();
    }

    /** `copy_map_value`: all but the lock, from `offset` of these bytes on. */
    void copy(byte[] from, int offset) {
        for (int index = 0; index < bytes.length; index++) {
            boolean locks = lock.isPresent() && index >= lock.getAsInt() && index < lock.getAsInt() + LOCK_SIZE;
            if (!locks) {
                bytes[index] = from[offset + index];
            }
        }
    }

    /** The same under the lock (`copy_map_value_locked`), for which nobody waits here. */
    void copyLocked(byte[] from, int offset) {
        if (holder.isPresent()) {
            throw new IllegalStateException("the lock is held by a run that has not ended");
        }
        copy(from, offset);
    }
}
