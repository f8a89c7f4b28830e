// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The identity of a device node.
 *
 * @param major 0..4095, the kernel's MAJOR of a 32-bit dev_t (include/linux/kdev_t.h)
 * @param minor 0..1048575, its MINOR
 */
public record DeviceNumber(DeviceKind kind, int major, int minor) {
    /** The number of bits of a major, the upper ones of a dev_t. */
    public static final int MAJOR_BITS = 12;

    /** The number of bits of a minor: MINORBITS. */
    public static final int MINOR_BITS = 20;

    /** The greatest major. */
    public static final int MOST_MAJOR = (1 << MAJOR_BITS) - 1;

    /** The greatest minor. */
    public static final int MOST_MINOR = (1 << MINOR_BITS) - 1;

    public DeviceNumber {
        if (major < 0 || major > MOST_MAJOR || minor < 0 || minor > MOST_MINOR) {
            throw new IllegalArgumentException("no device " + major + ":" + minor);
        }
    }

    @Override
    public String toString() {
        return kind.word() + " " + major + ":" + minor;
    }
}
