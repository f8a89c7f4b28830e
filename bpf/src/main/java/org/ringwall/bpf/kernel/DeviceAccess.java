package org.ringwall.bpf.kernel;

import java.util.Locale;
import java.util.Set;

/**
 * One bit of a device access: BPF_DEVCG_ACC_MKNOD, READ and WRITE (include/uapi/linux/bpf.h). One event may carry
 * several, as an open for reading and writing does.
 */
public enum DeviceAccess {
    MKNOD(1),
    READ(2),
    WRITE(4);

    private final int bit;

    DeviceAccess(int bit) {
        this.bit = bit;
    }

    /** The context's access_type: kind in the low 16 bits, access bits above (`__cgroup_bpf_check_dev_permission`). */
    public static int accessType(DeviceKind kind, Set<DeviceAccess> access) {
        int bits = access.stream().mapToInt(DeviceAccess::bit).sum();
        return bits << 16 | kind.number();
    }

    /** 1, 2 or 4, before the shift into access_type. */
    public int bit() {
        return bit;
    }

    /** How users write it: `m`, `r` or `w`. */
    public String letter() {
        return name().substring(0, 1).toLowerCase(Locale.ROOT);
    }
}
