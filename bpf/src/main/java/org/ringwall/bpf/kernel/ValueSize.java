// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The limit on the size of a map's value: a data section of an object is the only value of an
 * array.
 */
public final class ValueSize {
    private static final KernelVersion UNLIMITED = new KernelVersion(6, 0);

    /** KMALLOC_MAX_SIZE with pages of 4 KiB. */
    private static final int KMALLOC_MAX_SIZE = 4 << 20;

    private ValueSize() {}

    /**
     * Returns the maximum size of an array's value in bytes (array_map_alloc_check in
     * kernel/bpf/arraymap.c).
     */
    public static int mostOfArray(KernelVersion kernel) {
        return kernel.atLeast(UNLIMITED) ? Integer.MAX_VALUE : KMALLOC_MAX_SIZE;
    }
}
