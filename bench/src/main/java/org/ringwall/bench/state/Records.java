// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.ringwall.bench.samples.Whole;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.state.RingReader;
import org.ringwall.sys.Fd;

/**
 * Records in a ring buffer, which a reader consumes between calls. Both read and lost records
 * count.
 */
final class Records implements Effect {
    private final BooleanSupplier reader;
    private final LongSupplier lost;
    private final Runnable stop;
    private long read;

    /**
     * Creates an observer. `reader` consumes the next record if there is one; `stop` releases the
     * buffer.
     */
    private Records(BooleanSupplier reader, LongSupplier lost, Runnable stop) {
        this.reader = reader;
        this.lost = lost;
        this.stop = stop;
    }

    /** Observes the records of `log`. */
    static Effect ofPolicy(Whole whole) {
        Events stream = whole.loader().events(whole.instance());
        return new Records(
                () -> stream.next().isPresent(), () -> stream.newlyLost().longValueExact(), stream::close);
    }

    /** Observes the records of a ring buffer in C, which counts dropped records in a variable. */
    static Effect ofRing(Whole whole) {
        return ofRing(whole, () -> lost(whole));
    }

    /** Observes the records of a ring buffer in C with room for all of them. */
    static Effect ofRoomyRing(Whole whole) {
        return ofRing(whole, () -> 0);
    }

    private static Effect ofRing(Whole whole, LongSupplier lost) {
        Fd map = whole.map("events");
        RingMemory memory = whole.bpf().mapRing(map, whole.bpf().mapInfo(map).maxEntries());
        RingReader ring = new RingReader(memory);
        return new Records(() -> ring.next().isPresent(), lost, () -> {
            memory.close();
            map.close();
        });
    }

    /** Returns the number of records that C has dropped: the sum of its variables. */
    static long lost(Whole whole) {
        try (Fd map = Effect.globals(whole)) {
            return Effect.sum(whole.bpf(), map);
        }
    }

    @Override
    public void catchUp() {
        while (reader.getAsBoolean()) {
            read++;
        }
    }

    @Override
    public long found() {
        catchUp();
        return read + lost.getAsLong();
    }

    @Override
    public void close() {
        stop.run();
    }
}
