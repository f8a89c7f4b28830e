package org.ringwall.bpf.kernel;

/** What an update of a map's element asks for (BPF_NOEXIST and its kin in include/uapi/linux/bpf.h). */
public enum UpdateFlag {
    /** Only a new element: else EEXIST. */
    NOEXIST(1),
    /** Only an element that is there: else ENOENT. */
    EXIST(2),
    /** The value is changed in place under its `bpf_spin_lock` (BPF_F_LOCK); goes with either. */
    LOCK(4);

    /** BPF_ANY: a new element or another value for one that is there. */
    public static final long ANY = 0;

    private final int bit;

    UpdateFlag(int bit) {
        this.bit = bit;
    }

    /** The bit; NOEXIST and EXIST exclude each other. */
    public int bit() {
        return bit;
    }

    /** Whether these flags have it. */
    public boolean in(long flags) {
        return (flags & bit) != 0;
    }
}
