// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

/**
 * A ring buffer as seen by its reader (kernel/bpf/ringbuf.c). Positions count bytes since the ring
 * was created. A record is stored at its position modulo the ring's size, aligned to 8 bytes, after
 * a header of 8 bytes.
 */
public interface RingMemory extends AutoCloseable {
    /** Returns the size of the ring in bytes, a power of two. */
    int size();

    /** Returns the position up to which the reader has read. */
    long consumer();

    /**
     * Releases everything before this position to the kernel; no earlier read is moved after this.
     */
    void consumer(long position);

    /**
     * Returns the position up to which there are records, complete or not; no later read is moved
     * before this.
     */
    long producer();

    /**
     * Returns the number that a reader stored beside its position, 0 at first. The kernel reads
     * only the position in that page.
     */
    long note();

    /** Stores a number beside the reader's position, where it lives as long as the ring. */
    void note(long number);

    /**
     * Returns the first 4 bytes of the header at this position; no later read is moved before this.
     */
    int header(long position);

    /** Copies bytes from this position on, at most as many as the ring has. */
    byte[] bytes(long position, int length);

    /**
     * Waits at most this many ms until there is data after the reader's position. Returns whether
     * there is.
     */
    boolean await(int milliseconds);

    @Override
    void close();
}
