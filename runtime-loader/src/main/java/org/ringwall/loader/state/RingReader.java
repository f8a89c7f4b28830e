package org.ringwall.loader.state;

import java.util.Optional;
import org.ringwall.loader.bpf.RingMemory;

/** Takes records out of a ring, in their order, each once. Numbers in the ring are checked before they are used. */
public final class RingReader {
    private static final int HEADER = 8;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    private final RingMemory ring;
    private boolean busy;
    private long malformed;

    public RingReader(RingMemory ring) {
        this.ring = ring;
    }

    /** Where the record that is written next will begin: what is there now lies before it. */
    public long end() {
        return ring.producer();
    }

    /** The next record, without its header; empty where none is finished. */
    public Optional<byte[]> next() {
        return next(Long.MAX_VALUE);
    }

    /** The next record that begins before this position, without its header; empty where none is finished. */
    public Optional<byte[]> next(long before) {
        busy = false;
        while (true) {
            long at = ring.consumer();
            long end = ring.producer();
            if (at == end) {
                return Optional.empty();
            }
            if (end - at < HEADER || end - at > ring.size() || (at & HEADER - 1) != 0) {
                skip(end);
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
                skip(end);
                return Optional.empty();
            }
            if ((header & DISCARDED) != 0) {
                ring.consumer(at + whole);
            } else {
                // The copy is made before the kernel gets the place back.
                byte[] record = ring.bytes(at + HEADER, length);
                ring.consumer(at + whole);
                return Optional.of(record);
            }
        }
    }

    /** Nothing that the kernel writes looks so: what is there is given up. */
    private void skip(long end) {
        malformed++;
        ring.consumer(end);
    }

    /** Whether a program was still writing the next record, so that waiting for readiness is no use. */
    public boolean busy() {
        return busy;
    }

    /** How often the ring held something that the kernel does not write. */
    public long malformed() {
        return malformed;
    }
}
