package org.ringwall.bpf.kernel;

import java.util.Locale;

/** BPF_DEVCG_DEV_BLOCK and BPF_DEVCG_DEV_CHAR (include/uapi/linux/bpf.h), as access_type's low half has them. */
public enum DeviceKind {
    BLOCK(1),
    CHAR(2);

    /** Bits of a kind; the upper one says that it is a character device. */
    public static final int BITS = 2;

    private final int number;

    DeviceKind(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** How users write it: `char`, `block`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
