package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

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

    /** The kind of this number, if it is one. */
    public static Optional<DeviceKind> of(int number) {
        return Arrays.stream(values()).filter(kind -> kind.number == number).findFirst();
    }

    /** The kind that users write so. */
    public static Optional<DeviceKind> ofWord(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    public int number() {
        return number;
    }

    /** How users write it: `char`, `block`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
