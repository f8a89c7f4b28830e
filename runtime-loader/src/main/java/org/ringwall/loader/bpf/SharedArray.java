// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

/**
 * The values of an array map in memory shared with programs. Offsets count bytes from the first
 * value.
 */
public interface SharedArray extends AutoCloseable {
    /** Loads 32 aligned bits at once. */
    int load(int offset);

    /** Stores 32 aligned bits at once; no program sees half of them. */
    void store(int offset, int value);

    /** Loads 64 aligned bits at once. */
    long loadLong(int offset);

    /** Stores 64 aligned bits at once; no program sees half of them. */
    void storeLong(int offset, long value);

    @Override
    void close();
}
