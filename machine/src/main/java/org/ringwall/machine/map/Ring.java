package org.ringwall.machine.map;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.MapSpec;

/**
 * RINGBUF (ringbuf.c): records lie one behind the other in the order of their reservation, each with a header of 8 bytes and
 * rounded up to 8. A record that is not finished yet holds up those behind it.
 */
public final class Ring implements BpfMap {
    /** BPF_RINGBUF_HDR_SZ. */
    public static final int HEADER = 8;

    /** RINGBUF_MAX_RECORD_SZ: UINT_MAX / 4. */
    private static final long MOST = 0xffff_ffffL / 4;

    /** What nobody has written: the kernel does not clear the memory of a record. */
    private static final byte UNWRITTEN = (byte) 0xa5;

    private final MapSpec spec;
    private final MapHost host;
    private final Deque<Record> records = new ArrayDeque<>();
    private long producer;
    private long consumer;
    private long refused;

    Ring(MapSpec spec, MapHost host) {
        MapChecks.ring(spec);
        this.spec = spec;
        this.host = host;
    }

    private enum State {
        BUSY,
        SUBMITTED,
        DISCARDED
    }

    /** A reserved piece of the ring. */
    public static final class Record {
        private final byte[] bytes;
        private State state = State.BUSY;

        private Record(int size) {
            this.bytes = new byte[size];
            Arrays.fill(bytes, UNWRITTEN);
        }

        /** Its memory, not a copy. */
        public byte[] live() {
            return bytes;
        }

        /** Whether it is neither submitted nor discarded. */
        public boolean busy() {
            return state == State.BUSY;
        }
    }

    @Override
    public MapSpec spec() {
        return spec;
    }

    @Override
    public MapHost host() {
        return host;
    }

    // Programs.

    /** `__bpf_ringbuf_reserve`: a record of so many bytes, or none where there is no room, which is counted. */
    public Optional<Record> reserve(long size) {
        if (size < 0 || size > MOST) {
            refused++;
            return Optional.empty();
        }
        long length = length(size);
        if (length > spec.maxEntries() || producer + length - consumer > spec.maxEntries() - 1L) {
            refused++;
            return Optional.empty();
        }
        producer += length;
        Record record = new Record(Math.toIntExact(size));
        records.add(record);
        return Optional.of(record);
    }

    /** Gives the record to the reader. */
    public void submit(Record record) {
        finish(record, State.SUBMITTED);
    }

    /** Takes the record back; its room is free when the reader has come to it. */
    public void discard(Record record) {
        finish(record, State.DISCARDED);
    }

    // The reader.

    /** All that the reader can read now, in order; it makes room. */
    public List<byte[]> drain() {
        List<byte[]> read = new ArrayList<>();
        while (!records.isEmpty() && !records.element().busy()) {
            Record record = records.remove();
            consumer += length(record.bytes.length);
            if (record.state == State.SUBMITTED) {
                read.add(record.bytes.clone());
            }
        }
        return read;
    }

    /** How many reservations found no room, or were larger than any room. */
    public long refused() {
        return refused;
    }

    /** Where the next record begins, in bytes since the beginning. */
    public long producerPosition() {
        return producer;
    }

    /** How far the reader is, in bytes since the beginning. */
    public long consumerPosition() {
        return consumer;
    }

    private static void finish(Record record, State state) {
        if (!record.busy()) {
            throw new IllegalStateException("the record is finished already");
        }
        record.state = state;
    }

    private static long length(long size) {
        return (size + HEADER + 7) / 8 * 8;
    }
}
