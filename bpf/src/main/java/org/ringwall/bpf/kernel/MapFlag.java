// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/** A bit of `bpf_attr.map_flags` (BPF_F_* in include/uapi/linux/bpf.h). */
public enum MapFlag {
    /** Elements are allocated when they are added; local storage and tries require this flag. */
    NO_PREALLOC(0),
    /** Programs can only read the map. */
    RDONLY_PROG(7),
    /** Storage of a listener is copied to the sockets that it accepts (bpf_sk_storage_clone). */
    CLONE(9),
    /** A process may map its values. */
    MMAPABLE(10);

    private final int shift;

    MapFlag(int shift) {
        this.shift = shift;
    }

    public int bit() {
        return 1 << shift;
    }
}
