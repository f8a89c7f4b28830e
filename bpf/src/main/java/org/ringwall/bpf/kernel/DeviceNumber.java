package org.ringwall.bpf.kernel;

/**
 * What identifies a device node.
 *
 * @param major 0..4095, the kernel's MAJOR of a 32-bit dev_t (include/linux/kdev_t.h)
 * @param minor 0..1048575, its MINOR
 */
public record DeviceNumber(DeviceKind kind, int major, int minor) {
    /** The greatest major: the upper 12 bits of a dev_t. */
    public static final int MOST_MAJOR = 0xfff;

    /** The greatest minor: its lower 20 bits (MINORBITS). */
    public static final int MOST_MINOR = 0xf_ffff;

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
