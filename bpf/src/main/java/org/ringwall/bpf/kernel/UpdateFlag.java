// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The flags of an update of a map's element (BPF_NOEXIST and the like in include/uapi/linux/bpf.h).
 */
public enum UpdateFlag {
    /** The element must be new: else EEXIST. */
    NOEXIST(1),
    /** The element must exist: else ENOENT. */
    EXIST(2),
    /**
     * The value is changed in place under its `bpf_spin_lock` (BPF_F_LOCK); can be combined with
     * the others.
     */
    LOCK(4);

    /** BPF_ANY: adds a new element or replaces the value of an existing one. */
    public static final long ANY = 0;

    private final int bit;

    UpdateFlag(int bit) {
        this.bit = bit;
    }

    /** Returns the bit; NOEXIST and EXIST exclude each other. */
    public int bit() {
        return bit;
    }

    /** Returns whether these flags include it. */
    public boolean in(long flags) {
        return (flags & bit) != 0;
    }
}
