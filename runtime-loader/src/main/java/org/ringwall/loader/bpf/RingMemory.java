package org.ringwall.loader.bpf;

/**
 * A ring buffer as its reader sees it (kernel/bpf/ringbuf.c): positions count bytes since the ring was made, and a record lies
 * at its position modulo the ring's size, on 8 bytes, with a header of 8 before it.
 */
public interface RingMemory extends AutoCloseable {
    /** The bytes of the ring, a power of two. */
    int size();

    /** Up to where the reader has read. */
    long consumer();

    /** Gives the kernel back what lies before this position; no read of it comes later. */
    void consumer(long position);

    /** Up to where records are, finished or not; no later read comes before. */
    long producer();

    /** The first 4 bytes of the header at this position; no later read comes before. */
    int header(long position);

    /** Copies bytes from this position on, at most as many as the ring has. */
    byte[] bytes(long position, int length);

    /** Waits for at most so many ms until there is something behind the reader's position. */
    boolean await(int milliseconds);

    @Override
    void close();
}
