// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.util.Optional;
import org.ringwall.loader.bpf.RingMemory;

/**
 * A reader that takes records out of a ring in order, each once. Numbers in the ring are checked
 * before use.
 */
public final class RingReader {
    private static final int HEADER = 8;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    private final RingMemory ring;
    private boolean held;
    private long position;
    private long end;
    private boolean busy;
    private long malformed;

    public RingReader(RingMemory ring) {
        this.ring = ring;
    }

    /**
     * Returns the position of the next record to be written: all existing records begin before it.
     */
    public long end() {
        return ring.producer();
    }

    /** Returns the next record, without its header; empty if none is complete. */
    public Optional<byte[]> next() {
        return next(Long.MAX_VALUE);
    }

    /**
     * Returns the next record that begins before this position, without its header; empty if none
     * is complete.
     */
    public Optional<byte[]> next(long before) {
        Optional<byte[]> record = take(before);
        release();
        return record;
    }

    /**
     * Returns a record like {@link #next(long)}, but keeps its space, and that of all earlier
     * records, until {@link #release}.
     */
    public Optional<byte[]> take(long before) {
        busy = false;
        while (true) {
            if (!held) {
                held = true;
                position = ring.consumer();
                end = ring.producer();
            } else if (position == end) {
                end = ring.producer();
            }
            long at = position;
            if (at == end) {
                return Optional.empty();
            }
            if (end - at < HEADER || end - at > ring.size() || (at & HEADER - 1) != 0) {
                skip();
                return Optional.empty();
            }
            if (at >= before) {
                return Optional.empty();
            }
            int header = ring.header(at);
            if ((header & BUSY) != 0) {
                busy = true;
                return Optional.empty();
            }
            int length = header & ~(BUSY | DISCARDED);
            long whole = (long) length + HEADER + HEADER - 1 & -HEADER;
            if (whole > end - at) {
                skip();
                return Optional.empty();
            }
            position = at + whole;
            if ((header & DISCARDED) == 0) {
                return Optional.of(ring.bytes(at + HEADER, length));
            }
        }
    }

    /**
     * Returns the space of everything read to the kernel, so that no reader sees it again. Records
     * read and not released are read again by the next reader.
     */
    public void release() {
        if (held) {
            ring.consumer(position);
            held = false;
        }
    }

    /** Returns how many bytes of the ring have been read and not released. */
    public long unreleased() {
        return held ? position - ring.consumer() : 0;
    }

    /** Skips everything up to the end: the kernel does not write such data. */
    private void skip() {
        malformed++;
        position = end;
    }

    /**
     * Returns whether a program was still writing the next record, so that waiting for readiness
     * does not help.
     */
    public boolean busy() {
        return busy;
    }

    /** Returns how often the ring held data that the kernel does not write. */
    public long malformed() {
        return malformed;
    }
}
