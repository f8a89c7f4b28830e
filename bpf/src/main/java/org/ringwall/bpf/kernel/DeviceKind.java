// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The kind of a device in the low half of access_type: BPF_DEVCG_DEV_BLOCK and BPF_DEVCG_DEV_CHAR
 * (include/uapi/linux/bpf.h).
 */
public enum DeviceKind {
    BLOCK(1),
    CHAR(2);

    /** The number of bits of a kind; the upper one is set for a character device. */
    public static final int BITS = 2;

    private final int number;

    DeviceKind(int number) {
        this.number = number;
    }

    /** Returns the kind with this number; empty if there is none. */
    public static Optional<DeviceKind> of(int number) {
        return Arrays.stream(values()).filter(kind -> kind.number == number).findFirst();
    }

    /** Returns the kind that users write like this. */
    public static Optional<DeviceKind> ofWord(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    public int number() {
        return number;
    }

    /** Returns how users write it: `char`, `block`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
