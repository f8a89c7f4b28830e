// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ringwall.bpf.object.Bytes;

/**
 * The sysctl that helpers access.
 *
 * @param name the path below /proc/sys with slashes, `net/ipv4/ip_forward`
 * @param current the value before a write, as reading the file returns it; empty if the kernel
 *     could not read it
 * @param written the value written; empty for a read
 */
public record Sysctl(String name, Optional<Bytes> current, Optional<Bytes> written) {
    public Sysctl {
        if (name.isEmpty() || name.startsWith("/") || name.endsWith("/")) {
            throw new IllegalArgumentException("`" + name + "` is not a path below /proc/sys");
        }
    }

    /** Creates a sysctl with this text. */
    public Sysctl(String name, String current) {
        this(name, Optional.of(Bytes.of(current.getBytes(StandardCharsets.UTF_8))), Optional.empty());
    }

    /** Returns the last part of the path. */
    public String baseName() {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
