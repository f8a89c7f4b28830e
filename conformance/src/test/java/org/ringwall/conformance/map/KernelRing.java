// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.map;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.sys.Fd;
import org.ringwall.sys.MappedMemory;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A reader of a kernel ring buffer that no program writes to meanwhile. The memory is one page with
 * the consumer position, one with the producer position, and the data mapped twice
 * (kernel/bpf/ringbuf.c).
 */
public final class KernelRing implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int HEADER = 8;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    private final MappedMemory consumer;
    private final MappedMemory producer;
    private final int size;

    /** Creates a reader for a ring of `size` bytes. */
    public KernelRing(Fd ring, int size) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        this.size = size;
        this.consumer = MappedMemory.of(syscalls, ring, 0, PAGE, true);
        this.producer = MappedMemory.of(syscalls, ring, PAGE, PAGE + 2 * size, false);
    }

    /** Returns all committed records, in order. */
    public List<byte[]> drain() {
        List<byte[]> records = new ArrayList<>();
        NativeBlock memory = producer.block();
        long at = consumer.block().longAt(0);
        long end = memory.longAt(0);
        while (at < end) {
            int place = PAGE + (int) (at % size);
            int length = memory.intAt(place);
            if ((length & BUSY) != 0) {
                break;
            }
            int bytes = length & ~DISCARDED;
            if ((length & DISCARDED) == 0) {
                records.add(memory.bytes(place + HEADER, bytes));
            }
            at += (bytes + HEADER + 7) / 8 * 8;
        }
        consumer.block().putLong(0, at);
        return records;
    }

    /**
     * Returns the producer position: the offset in bytes of the next record since the ring was
     * created.
     */
    public long producerPosition() {
        return producer.block().longAt(0);
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
    }
}
