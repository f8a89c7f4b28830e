// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Fd;
import org.ringwall.sys.MappedMemory;
import org.ringwall.sys.Readiness;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/**
 * {@link RingMemory} through mmap: one writable page with the reader's position, and one with the
 * kernel's. The records follow, mapped twice in a row so that none wraps
 * ({@code ringbuf_map_mmap_kern}).
 */
final class MappedRing implements RingMemory {
    /** The offset of the reader's own number in its page, after the position. */
    private static final int NOTE = 8;

    private final int size;
    private final int page;
    private final MappedMemory reader;
    private final MappedMemory records;
    private final Readiness readiness;

    MappedRing(Syscalls syscalls, Fd ring, int size) {
        this.size = size;
        this.page = Math.toIntExact(MappedMemory.pageSize());
        this.reader = MappedMemory.of(syscalls, ring, 0, page, true);
        MappedMemory mapped = null;
        try {
            mapped = MappedMemory.of(syscalls, ring, page, page + 2 * size, false);
            this.readiness = new Readiness(syscalls, ring);
        } catch (SyscallException e) {
            reader.close();
            if (mapped != null) {
                mapped.close();
            }
            throw e;
        }
        this.records = mapped;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long consumer() {
        return reader.block().loadLongAcquire(0);
    }

    @Override
    public void consumer(long position) {
        reader.block().storeLongRelease(0, position);
    }

    @Override
    public long producer() {
        return records.block().loadLongAcquire(0);
    }

    @Override
    public long note() {
        return reader.block().loadLongAcquire(NOTE);
    }

    @Override
    public void note(long number) {
        reader.block().storeLongRelease(NOTE, number);
    }

    @Override
    public int header(long position) {
        return records.block().loadAcquire(at(position));
    }

    @Override
    public byte[] bytes(long position, int length) {
        return records.block().bytes(at(position), length);
    }

    private int at(long position) {
        return page + (int) (position & (size - 1));
    }

    @Override
    public boolean await(int milliseconds) {
        return readiness.await(milliseconds);
    }

    @Override
    public void close() {
        readiness.close();
        records.close();
        reader.close();
    }
}
