package org.ringwall.conformance.map;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.MappedMemory;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/**
 * The one reader of a ring of the kernel, for records that nobody writes meanwhile: a page with the consumer's position, one
 * with the producer's, and the data twice (kernel/bpf/ringbuf.c).
 */
public final class KernelRing implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int HEADER = 8;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    private final MappedMemory consumer;
    private final MappedMemory producer;
    private final int size;

    /** The reader of a ring of so many bytes. */
    public KernelRing(Fd ring, int size) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        this.size = size;
        this.consumer = MappedMemory.of(syscalls, ring, 0, PAGE, true);
        this.producer = MappedMemory.of(syscalls, ring, PAGE, PAGE + 2 * size, false);
    }

    /** All that can be read now, in order. */
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

    /** Bytes since the beginning up to where the next record begins. */
    public long producerPosition() {
        return producer.block().longAt(0);
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
    }
}
