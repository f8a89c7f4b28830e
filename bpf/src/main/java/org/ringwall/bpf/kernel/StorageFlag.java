package org.ringwall.bpf.kernel;

/** What a question for an object's local storage asks for (include/uapi/linux/bpf.h). */
public enum StorageFlag {
    /** BPF_SK_STORAGE_GET_F_CREATE: makes the storage where there is none. */
    CREATE(1);

    private final int bit;

    StorageFlag(int bit) {
        this.bit = bit;
    }

    /** The flag as a bit of the helper's flags. */
    public int bit() {
        return bit;
    }
}
