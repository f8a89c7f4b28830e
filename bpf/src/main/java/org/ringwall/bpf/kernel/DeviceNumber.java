package org.ringwall.bpf.kernel;

/**
 * What identifies a device node.
 *
 * @param major 0..4095, the kernel's MAJOR of a 32-bit dev_t (include/linux/kdev_t.h)
 * @param minor 0..1048575, its MINOR
 */
public record DeviceNumber(DeviceKind kind, int major, int minor) {
    public DeviceNumber {
        if (major < 0 || major > 0xfff || minor < 0 || minor > 0xf_ffff) {
            throw new IllegalArgumentException("no device " + major + ":" + minor);
        }
    }

    @Override
    public String toString() {
        return kind.word() + " " + major + ":" + minor;
    }
}
