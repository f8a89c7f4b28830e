package org.ringwall.machine;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ringwall.bpf.object.Bytes;

/**
 * What a sysctl helper finds.
 *
 * @param name the path below /proc/sys with slashes, `net/ipv4/ip_forward`
 * @param current the value before a write, as reading the file gives it; none where the kernel could not read it
 * @param written what is written; none at a read
 */
public record Sysctl(String name, Optional<Bytes> current, Optional<Bytes> written) {
    public Sysctl {
        if (name.isEmpty() || name.startsWith("/") || name.endsWith("/")) {
            throw new IllegalArgumentException("`" + name + "` is no path below /proc/sys");
        }
    }

    /** A sysctl that holds this text. */
    public Sysctl(String name, String current) {
        this(name, Optional.of(Bytes.of(current.getBytes(StandardCharsets.UTF_8))), Optional.empty());
    }

    /** The last part of the path. */
    public String baseName() {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
