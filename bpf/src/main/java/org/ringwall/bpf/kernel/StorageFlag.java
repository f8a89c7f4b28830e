// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/** The flags of a lookup of an object's local storage (include/uapi/linux/bpf.h). */
public enum StorageFlag {
    /** BPF_SK_STORAGE_GET_F_CREATE: creates the storage if there is none. */
    CREATE(1);

    private final int bit;

    StorageFlag(int bit) {
        this.bit = bit;
    }

    /** Returns the bit in the helper's flags. */
    public int bit() {
        return bit;
    }
}
