// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;

/**
 * A result and the bytes that the calling thread allocated for it, a measure of work that the speed
 * and the load of a machine do not change.
 *
 * @param bytes bytes on the heap, with those that were collected meanwhile
 */
public record Allocated<T>(T result, long bytes) {
    /**
     * The largest factor between the work for a size and that for four times the size that counts
     * as linear: four times as much is linear, sixteen times as much quadratic.
     */
    public static final int LINEAR_FOR_FOURFOLD = 8;

    /** Carries out a task in this thread. */
    public static <T> Allocated<T> by(Callable<T> task) throws Exception {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        T result = task.call();
        return new Allocated<>(result, threads.getCurrentThreadAllocatedBytes() - before);
    }
}
