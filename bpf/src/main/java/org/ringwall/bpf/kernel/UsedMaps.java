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

    private UsedMaps() {}
}
