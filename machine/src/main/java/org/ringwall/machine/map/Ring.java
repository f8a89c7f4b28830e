// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.MapSpec;

/**
 * RINGBUF (ringbuf.c): records in the order of their reservation, each with a header of 8 bytes and
 * rounded up to 8. A record that is not complete blocks those after it.
 */
public final class Ring implements BpfMap {
    /** BPF_RINGBUF_HDR_SZ. */
    public static final int HEADER = 8;

    /** RINGBUF_MAX_RECORD_SZ: UINT_MAX / 4. */
    private static final long MOST = 0xffff_ffffL / 4;

    /** The value of uninitialized bytes: the kernel does not clear the memory of a record. */
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

    /** A reserved part of the ring. */
    public static final class Record {
        private final byte[] bytes;
        private State state = State.BUSY;

        private Record(int size) {
            this.bytes = new byte[size];
            Arrays.fill(bytes, UNWRITTEN);
        }

        /** Returns its memory, not a copy. */
        public byte[] live() {
            return bytes;
        }

        /** Returns whether it is neither submitted nor discarded. */
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

    // Methods for programs.

    /**
     * Reserves a record of this many bytes, as `__bpf_ringbuf_reserve`. Returns empty, and counts
     * that, if there is no room.
     */
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

    /** Passes the record to the reader. */
    public void submit(Record record) {
        finish(record, State.SUBMITTED);
    }

    /** Discards the record; its room is free when the reader has reached it. */
    public void discard(Record record) {
        finish(record, State.DISCARDED);
    }

    // Methods for the reader.

    /** Reads all available records, in order, and releases their room. */
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

    /** Returns how many reservations found no room, or were larger than permitted. */
    public long refused() {
        return refused;
    }

    /** Returns the position of the next record, in bytes since the beginning. */
    public long producerPosition() {
        return producer;
    }

    /** Returns the position of the reader, in bytes since the beginning. */
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
