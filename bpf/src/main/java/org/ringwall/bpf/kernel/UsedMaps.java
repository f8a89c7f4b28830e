// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The limit on the number of maps of a program: those to which its instructions refer, including
 * data sections. Inner maps do not count.
 */
public final class UsedMaps {
    /**
     * MAX_USED_MAPS in include/linux/bpf_verifier.h; one more is E2BIG (add_used_map in
     * kernel/bpf/verifier.c).
     */
    public static final int MOST = 64;

    /**
     * The first kernel that accepts maps with spin locks as inner maps ({@code bpf_map_meta_alloc}
     * in kernel/bpf/map_in_map.c).
     */
    public static final KernelVersion LOCKS_IN_INDEXES = new KernelVersion(6, 2);

    private UsedMaps() {}
}
