package org.ringwall.machine;

/**
 * What a sysctl helper finds.
 *
 * @param name the path below /proc/sys with slashes, `net/ipv4/ip_forward`
 * @param current the value before a write, as reading the file gives it
 */
public record Sysctl(String name, String current) {
    public Sysctl {
        if (name.isEmpty() || name.startsWith("/") || name.endsWith("/")) {
            throw new IllegalArgumentException("`" + name + "` is no path below /proc/sys");
        }
    }

    /** The last part of the path. */
    public String baseName() {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
