package org.ringwall.bpf.kernel;

/** A bit of `bpf_attr.map_flags` (BPF_F_* in include/uapi/linux/bpf.h). */
public enum MapFlag {
    /** Elements are allocated when they come; hash maps of local storage and tries know no other way. */
    NO_PREALLOC(0),
    /** Programs only read it. */
    RDONLY_PROG(7),
    /** Storage of a listener is copied to the sockets that it accepts (bpf_sk_storage_clone). */
    CLONE(9),
    /** A process may map its values. */
    MMAPABLE(10);

    private final int shift;

    MapFlag(int shift) {
        this.shift = shift;
    }

    /** The bit. */
    public int bit() {
        return 1 << shift;
    }
}
