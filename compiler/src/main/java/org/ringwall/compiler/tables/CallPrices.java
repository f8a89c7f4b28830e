// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import org.ringwall.bpf.kernel.Helper;

/**
 * The costs of calls into the kernel in nanoseconds, measured like {@link Costs} by `bench/run
 * calibrate`. No form avoids them, but a policy may. Calls are expensive where the kernel is built
 * with mitigations against speculation; array lookups, which newer kernels inline, cost next to
 * nothing.
 */
public final class CallPrices {
    /** The minimum cost of a helper call. */
    public static final double CALL_NS = 19;

    /** An array lookup, which is inlined. */
    public static final double ARRAY_NS = 2;

    /** A lookup in a per-CPU array; a call before 6.10. */
    public static final double PERCPU_ARRAY_NS = 5;

    /** A lookup of an existing key in a hash map, per-CPU or not. */
    public static final double HASH_NS = 52;

    /** A lookup of an existing key in an LRU hash map. */
    public static final double LRU_NS = 58;

    /** The insertion and deletion of a key in an LRU hash map. */
    public static final double LRU_PASSED_NS = 190;

    /**
     * The allocation of socket storage for a socket without any, and its release with the socket.
     */
    public static final double STORAGE_NS = 640;

    /** A store to the context. */
    public static final double CONTEXT_STORE_NS = 2;

    /** The reservation and submission of a record, with a reader that is awake. */
    public static final double RING_NS = 41;

    /** Locking and unlocking an uncontended spin lock. */
    public static final double LOCK_NS = 56;

    /** An addition to a per-CPU number, in one instruction. */
    public static final double ADD_NS = 0.5;

    /** A store on which the following instructions do not depend. */
    public static final double STORE_NS = 0.15;

    private static final int[] ENTRIES = {10, 100, 1_000, 10_000};
    private static final double[] TRIE_NS = {47, 62, 108, 347, 979};

    private CallPrices() {}

    /**
     * Returns the cost of a helper that reads the task, the socket or the time, or that changes the
     * request.
     */
    public static double of(Helper helper) {
        return switch (helper) {
            case GET_CURRENT_CGROUP_ID, GET_CURRENT_ANCESTOR_CGROUP_ID -> 44;
            case KTIME_GET_BOOT_NS -> 58;
            case GET_CURRENT_COMM -> 61;
            case SK_STORAGE_GET -> 20;
            case SYSCTL_GET_NAME -> 100;
            case SYSCTL_GET_NEW_VALUE -> 30;
            case SYSCTL_SET_NEW_VALUE, SETSOCKOPT -> 22;
            default -> CALL_NS;
        };
    }

    /** Returns the cost of a longest-prefix lookup in a trie of this size. */
    public static double trie(int entries) {
        int at = 0;
        while (at < ENTRIES.length && entries > ENTRIES[at]) {
            at++;
        }
        return TRIE_NS[at];
    }
}
