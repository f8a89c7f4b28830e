// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import org.ringwall.bpf.kernel.Errno;

/** A wait for several descriptors: ppoll(2). Not thread-safe. */
public final class Poll implements AutoCloseable {
    /** Something can be read. */
    public static final int IN = 1;

    /** Something can be written. */
    public static final int OUT = 4;

    /** The other side is closed, or the descriptor has an error; always waited for. */
    public static final int ENDED = 0x8 | 0x10 | 0x20;

    /** The size of `struct pollfd`, and the offset of its events. */
    private static final int ENTRY = 8;

    private static final int EVENTS = 4;
    private static final int TIMESPEC = 16;

    private final Syscalls syscalls;
    private final NativeArena arena;
    private final NativeBlock entries;
    private final NativeBlock none;
    private final int size;

    /** Creates a wait for this many descriptors, none of which is set. */
    public Poll(Syscalls syscalls, int size) {
        this.syscalls = syscalls;
        this.size = size;
        this.arena = new NativeArena(syscalls);
        NativeArena.Frame frame = arena.frame();
        this.entries = frame.zeros(size * ENTRY);
        this.none = frame.zeros(TIMESPEC);
        for (int i = 0; i < size; i++) {
            clear(i);
        }
    }

    /** Waits at this place for events of a descriptor. */
    public void set(int place, Fd descriptor, int events) {
        entries.putInt(place * ENTRY, descriptor.number()).putInt(place * ENTRY + EVENTS, events);
    }

    /** Waits for nothing at this place. */
    public void clear(int place) {
        entries.putInt(place * ENTRY, -1).putInt(place * ENTRY + EVENTS, 0);
    }

    /** Waits until there is an event; a signal ends the wait early. */
    public void await() {
        poll(0);
    }

    /** Collects the events that there are. */
    public void look() {
        poll(none.address());
    }

    private void poll(long timeout) {
        long result = syscalls.once(Call.PPOLL, entries.address(), size, timeout, 0, 0, 0);
        if (result == -Errno.EINTR.number()) {
            for (int i = 0; i < size; i++) {
                entries.putInt(i * ENTRY + EVENTS, entries.intAt(i * ENTRY + EVENTS) & 0xffff);
            }
        } else if (result < 0) {
            throw new SyscallException(Call.PPOLL, new ErrorNumber((int) -result));
        }
    }

    /** Returns whether one of these events was at this place when the wait ended. */
    public boolean has(int place, int events) {
        // Both supported machines are little-endian: revents is the upper half.
        return (entries.intAt(place * ENTRY + EVENTS) >>> Short.SIZE & events) != 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
