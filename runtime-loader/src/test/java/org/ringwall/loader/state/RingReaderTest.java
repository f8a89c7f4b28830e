// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.model.Event;

/** Ring buffers and records, including some that no kernel writes. */
class RingReaderTest {
    private static final int SIZE = 4096;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    /** A ring buffer in ordinary memory, with its records mapped twice as in the kernel. */
    private static final class Memory implements RingMemory {
        private final ByteBuffer data = ByteBuffer.allocate(2 * SIZE).order(ByteOrder.nativeOrder());
        private long consumer;
        private long producer;

        void put(int header, byte... payload) {
            write(producer, header);
            for (int i = 0; i < payload.length; i++) {
                int at = (int) ((producer + 8 + i) & (SIZE - 1));
                data.put(at, payload[i]).put(at + SIZE, payload[i]);
            }
            producer += (payload.length + 15) & -8;
        }

        void write(long position, int header) {
            int at = (int) (position & (SIZE - 1));
            data.putInt(at, header).putInt(at + SIZE, header);
        }

        @Override
        public int size() {
            return SIZE;
        }

        @Override
        public long consumer() {
            return consumer;
        }

        @Override
        public void consumer(long position) {
            consumer = position;
        }

        @Override
        public long producer() {
            return producer;
        }

        @Override
        public long note() {
            return 0;
        }

        @Override
        public void note(long number) {
            throw new UnsupportedOperationException("no number is stored here");
        }

        @Override
        public int header(long position) {
            return data.getInt((int) (position & (SIZE - 1)));
        }

        @Override
        public byte[] bytes(long position, int length) {
            byte[] out = new byte[length];
            data.get((int) (position & (SIZE - 1)), out);
            return out;
        }

        @Override
        public boolean await(int milliseconds) {
            return consumer != producer;
        }

        @Override
        public void close() {
            consumer = producer;
        }
    }

    private final Memory memory = new Memory();
    private final RingReader ring = new RingReader(memory);

    @Test
    void recordsAreReadInOrderWithoutDiscardedOnes() {
        for (int round = 0; round < 1000; round++) {
            memory.put(3, (byte) round, (byte) 2, (byte) 3);
            memory.put(DISCARDED | 9, new byte[9]);
            memory.put(1, (byte) 7);
            assertThat(ring.next().orElseThrow()).containsExactly((byte) round, 2, 3);
            assertThat(ring.next().orElseThrow()).containsExactly(7);
            assertThat(ring.next()).isEmpty();
        }
        assertThat(ring.malformed()).isZero();
        assertThat(memory.consumer).isEqualTo(memory.producer);
    }

    @Test
    void aBusyRecordBlocksLaterRecords() {
        memory.put(BUSY | 1, (byte) 1);
        memory.put(1, (byte) 2);
        assertThat(ring.next()).isEmpty();
        assertThat(ring.busy()).isTrue();
        assertThat(memory.consumer).isZero();
        memory.write(0, 1);
        assertThat(ring.next().orElseThrow()).containsExactly(1);
        assertThat(ring.next().orElseThrow()).containsExactly(2);
        assertThat(ring.busy()).isFalse();
    }

    @Test
    void invalidLengthsAndPositionsAreSkipped() {
        memory.put(200, new byte[8]);
        assertThat(ring.next()).isEmpty();
        assertThat(ring.malformed()).isEqualTo(1);
        memory.put(1, (byte) 9);
        assertThat(ring.next().orElseThrow()).containsExactly(9);
        memory.producer += SIZE + 8;
        assertThat(ring.next()).isEmpty();
        memory.consumer += 3;
        assertThat(ring.next()).isEmpty();
        memory.consumer = memory.producer + 64;
        assertThat(ring.next()).isEmpty();
        assertThat(ring.malformed()).isEqualTo(4);
    }

    @Test
    void randomBytesNeitherFailNorStallTheReader() {
        Random random = new Random(7);
        for (int round = 0; round < 5000; round++) {
            byte[] noise = new byte[2 * SIZE];
            random.nextBytes(noise);
            memory.data.put(0, noise);
            memory.consumer = random.nextInt(64);
            memory.producer = memory.consumer + random.nextInt(2 * SIZE);
            Optional<byte[]> record = ring.next();
            for (int step = 0; record.isPresent() && step < SIZE; step++) {
                EventReader.read(record.get());
                record = ring.next();
            }
            assertThat(record).isEmpty();
        }
    }

    /**
     * A program that adds a record for each one that is read must not keep the reader busy forever.
     */
    @Test
    void aBoundedReadIgnoresLaterRecords() {
        memory.put(1, (byte) 1);
        memory.put(DISCARDED | 1, (byte) 2);
        memory.put(1, (byte) 3);
        long end = ring.end();
        for (byte expected : new byte[] {1, 3}) {
            assertThat(ring.next(end).orElseThrow()).containsExactly(expected);
            memory.put(1, (byte) 9);
        }
        assertThat(ring.next(end)).isEmpty();
        assertThat(ring.busy()).isFalse();
        assertThat(memory.consumer).isEqualTo(end);
        assertThat(ring.next().orElseThrow()).containsExactly(9);
    }

    @Test
    void recordsThatAreNotReleasedAreReadAgain() {
        memory.put(1, (byte) 1);
        memory.put(DISCARDED | 1, (byte) 2);
        memory.put(1, (byte) 3);
        assertThat(ring.take(Long.MAX_VALUE).orElseThrow()).containsExactly(1);
        assertThat(ring.take(Long.MAX_VALUE).orElseThrow()).containsExactly(3);
        assertThat(ring.take(Long.MAX_VALUE)).isEmpty();
        assertThat(ring.unreleased()).isEqualTo(memory.producer);
        assertThat(memory.consumer).isZero();
        RingReader next = new RingReader(memory);
        assertThat(next.take(Long.MAX_VALUE).orElseThrow()).containsExactly(1);
        next.release();
        assertThat(memory.consumer).isEqualTo(16);
        memory.put(1, (byte) 4);
        assertThat(ring.take(Long.MAX_VALUE).orElseThrow()).containsExactly(4);
        ring.release();
        assertThat(memory.consumer).isEqualTo(memory.producer);
        assertThat(ring.unreleased()).isZero();
    }

    @Test
    void textChosenByTheTaskIsQuoted() {
        java.util.Map<String, Object> fields = new java.util.LinkedHashMap<>();
        fields.put("errno", "EPERM");
        fields.put("comm", Printable.of("a\" b=\\\n"));
        fields.put("name", "net/x");
        assertThat(Event.pairs(fields)).isEqualTo("errno=EPERM comm=\"a\\\" b=\\\\\\x0a\" name=\"net/x\"");
        assertThat(Printable.path("/sys/fs/cgroup/dev\\x2da.slice")).isEqualTo("/sys/fs/cgroup/dev\\x2da.slice");
        assertThat(Printable.path("/sys/fs/a b\u00a0\n")).isEqualTo("\"/sys/fs/a b\u00a0\\x0a\"");
        assertThat(Printable.path("/x\"(")).isEqualTo("\"/x\\\"(\"");
    }

    private static ByteBuffer record(EventKind kind) {
        ByteBuffer bytes = ByteBuffer.allocate(EventLayout.size(kind)).order(ByteOrder.nativeOrder());
        return bytes.put(EventLayout.HEADER.offset("kind"), (byte) kind.number());
    }

    @Test
    void absentFieldsAreNotShown() {
        ByteBuffer bytes = record(EventKind.SYSCTL);
        int own = EventLayout.HEADER.size();
        bytes.put(
                own + EventKind.SYSCTL.layout().offset("name"),
                "net/\u001bx".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(EventReader.read(bytes.array()).orElseThrow().fields()).isEmpty();
        int bits = EventLayout.bit(EventKind.SYSCTL, "name") | EventLayout.bit(EventKind.SYSCTL, "write");
        bytes.putInt(EventLayout.HEADER.offset("present"), bits | 1 << 31);
        assertThat(EventReader.read(bytes.array()).orElseThrow().fields()).hasToString("{write=0, name=net/\\x1bx}");
    }

    @Test
    void everyKindHasItsOwnFields() {
        for (EventKind kind : EventKind.values()) {
            ByteBuffer bytes = record(kind).putInt(EventLayout.HEADER.offset("present"), -1);
            bytes.put(EventLayout.HEADER.offset("hook"), (byte) 200);
            bytes.put(EventLayout.HEADER.offset("verdict"), (byte) 9);
            Event event = EventReader.read(bytes.array()).orElseThrow();
            assertThat(event.fields()).hasSize(EventLayout.optional(kind).size());
            assertThat(event.hook()).isEqualTo("attach type 200");
            assertThat(event.verdict()).isEqualTo("verdict 9");
            byte[] cut = java.util.Arrays.copyOf(bytes.array(), bytes.capacity() - 1);
            assertThat(EventReader.read(cut)).isEmpty();
        }
        assertThat(EventReader.read(record(EventKind.TCP)
                        .put(EventLayout.HEADER.offset("kind"), (byte) 8)
                        .array()))
                .isEmpty();
        assertThat(EventReader.read(new byte[0])).isEmpty();
    }

    @Test
    void devicesAreShownAsPoliciesWriteThem() {
        ByteBuffer bytes = record(EventKind.DEVICE);
        int own = EventLayout.HEADER.size();
        bytes.putInt(EventLayout.HEADER.offset("present"), 0xf << 8);
        bytes.putInt(own, 2).putInt(own + 4, 6).putInt(own + 8, 10).putInt(own + 12, 200);
        assertThat(EventReader.read(bytes.array()).orElseThrow().fields())
                .hasToString("{type=char, access=rw, major=10, minor=200}");
    }
}
