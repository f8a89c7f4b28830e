package org.ringwall.compiler.table;

import org.ringwall.bpf.kernel.Helper;

/**
 * What calls into the kernel cost, in nanoseconds, measured as {@link Costs} is, by `bench/run calibrate`: no form avoids them, but a
 * policy may. A call is dear by itself where the kernel is built against speculation, so what newer kernels write into a program in place
 * of a call, the lookup in an array, costs next to nothing.
 */
public final class CallPrices {
    /** The least that a helper costs that is called. */
    public static final double CALL_NS = 19;

    /** The value at an index of an array, which is no call. */
    public static final double ARRAY_NS = 2;

    /** The value of this CPU at an index; before 6.10 a call. */
    public static final double PERCPU_ARRAY_NS = 5;

    /** A key that is there, in a hash, with a value for all CPUs or for each. */
    public static final double HASH_NS = 52;

    /** A key that is there, in a hash that makes room for new ones. */
    public static final double LRU_NS = 58;

    /** A new key into a hash that makes room for new ones, and out of it again. */
    public static final double LRU_PASSED_NS = 190;

    /** Room in a socket that carries nothing yet, given back when the socket goes. */
    public static final double STORAGE_NS = 640;

    /** A number into the context, from which the kernel goes on. */
    public static final double CONTEXT_STORE_NS = 2;

    /** Room for a record, and its handing over to a reader that is awake. */
    public static final double RING_NS = 41;

    /** Taking a spin lock that nobody holds, and giving it back. */
    public static final double LOCK_NS = 56;

    /** Adding to a number that this CPU alone adds to, in one instruction. */
    public static final double ADD_NS = 0.5;

    /** A word that is put where the next instructions do not wait for it. */
    public static final double STORE_NS = 0.15;

    private static final int[] ENTRIES = {10, 100, 1_000, 10_000};
    private static final double[] TRIE_NS = {47, 62, 108, 347, 979};

    private CallPrices() {}

    /** A helper that says something about the task, the socket or the time. */
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

    /** The longest prefix in a trie of so many. */
    public static double trie(int entries) {
        int at = 0;
        while (at < ENTRIES.length && entries > ENTRIES[at]) {
            at++;
        }
        return TRIE_NS[at];
    }
}
