// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Locale;
import java.util.Set;

/**
 * One bit of a device access: BPF_DEVCG_ACC_MKNOD, READ and WRITE (include/uapi/linux/bpf.h). One
 * request may have several, such as an open for reading and writing.
 */
public enum DeviceAccess {
    MKNOD(1),
    READ(2),
    WRITE(4);

    private final int bit;

    DeviceAccess(int bit) {
        this.bit = bit;
    }

    /**
     * Returns the context's access_type: the kind in the low 16 bits, access bits above
     * (`__cgroup_bpf_check_dev_permission`).
     */
    public static int accessType(DeviceKind kind, Set<DeviceAccess> access) {
        int bits = access.stream().mapToInt(DeviceAccess::bit).sum();
        return bits << 16 | kind.number();
    }

    /** Returns 1, 2 or 4, the bit before the shift into access_type. */
    public int bit() {
        return bit;
    }

    /** Returns how users write it: `m`, `r` or `w`. */
    public String letter() {
        return name().substring(0, 1).toLowerCase(Locale.ROOT);
    }
}
