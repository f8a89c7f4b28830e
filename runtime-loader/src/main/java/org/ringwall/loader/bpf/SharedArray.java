package org.ringwall.loader.bpf;

/** The values of an array map in memory that programs see at once. Offsets count bytes from the first value. */
public interface SharedArray extends AutoCloseable {
    /** One aligned 32-bit load. */
    int load(int offset);

    /** One aligned 32-bit store that no program sees half of. */
    void store(int offset, int value);

    /** One aligned 64-bit load. */
    long loadLong(int offset);

    /** One aligned 64-bit store that no program sees half of. */
    void storeLong(int offset, long value);

    @Override
    void close();
}
