// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;
import org.ringwall.sys.IoReason;

/** The content of arrays of one value, such as data sections, and whether it can change. */
final class MapContent {
    private static final Path SELF = Path.of("/proc/self/fdinfo");

    private MapContent() {}

    /** Returns the value with the key 0. */
    static byte[] of(Bpf bpf, Fd map) {
        int size = bpf.mapInfo(map).valueSize();
        return bpf.mapLookup(map, new byte[Integer.BYTES], size).orElseThrow();
    }

    /**
     * Returns whether a map is frozen, which only `/proc` shows ({@code bpf_map_show_fdinfo}).
     *
     * @throws HostException if that cannot be read
     */
    static boolean isFrozen(Fd map) {
        try {
            return Files.readAllLines(SELF.resolve(Integer.toString(map.number()))).stream()
                    .anyMatch(line -> line.matches("frozen:\\s*1"));
        } catch (IOException e) {
            throw new HostException("cannot read `" + SELF + "`: " + IoReason.of(e), "mount /proc");
        }
    }
}
