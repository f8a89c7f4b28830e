package org.ringwall.bench.state;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.ringwall.bench.samples.Whole;
import org.ringwall.loader.apply.EventStream;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.state.RingReader;
import org.ringwall.loader.sys.Fd;

/** Records in a ring, taken out by a reader that comes between calls; found are those that were read and those that were lost. */
final class Records implements Effect {
    private final BooleanSupplier reader;
    private final LongSupplier lost;
    private final Runnable stop;
    private long read;

    /** `reader` takes the next record, where there is one; `stop` gives back what it reads from. */
    private Records(BooleanSupplier reader, LongSupplier lost, Runnable stop) {
        this.reader = reader;
        this.lost = lost;
        this.stop = stop;
    }

    /** Those of `log`. */
    static Effect ofPolicy(Whole whole) {
        EventStream stream = whole.loader().events(whole.instance());
        return new Records(
                () -> stream.next().isPresent(), () -> stream.newlyLost().longValueExact(), stream::close);
    }

    /** Those of a ring buffer in C, which counts in a variable what found no room. */
    static Effect ofRing(Whole whole) {
        return ofRing(whole, () -> lost(whole));
    }

    /** Those of a ring buffer in C, so few that all find room. */
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

    /** What C says that it lost: the sum of its variables. */
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
