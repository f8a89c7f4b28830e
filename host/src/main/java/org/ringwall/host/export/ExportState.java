// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.loader.model.InstanceName;

/**
 * The state that an export leaves for the next one.
 *
 * @param boot the kernel's boot id; ids of maps and cgroups are valid only within a boot
 * @param number the number of the last export; 0 before the first
 * @param until the end of its interval as an instant in UTC; empty before the first
 * @param maps the counts that were exported, by the id of the first map of the counter
 * @param paths the last known directories of cgroups, by id
 * @param pending the lines of the last export, until they have been written
 */
record ExportState(
        String boot,
        long number,
        String until,
        Map<Integer, Known> maps,
        Map<BigInteger, String> paths,
        Optional<Pending> pending) {
    ExportState {
        maps = Collections.unmodifiableMap(new LinkedHashMap<>(maps));
        paths = Collections.unmodifiableMap(new LinkedHashMap<>(paths));
    }

    /** The state before the first export. */
    static final ExportState NONE = new ExportState("", 0, "", Map.of(), Map.of(), Optional.empty());

    /**
     * The counts of a map that were exported.
     *
     * @param values the last exported values by key, as JSON, and column
     */
    record Known(InstanceName instance, String counter, Map<String, Map<String, BigInteger>> values) {
        Known {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    /**
     * The lines of an export, some or all of which may not have been written.
     *
     * @param format the format of the lines
     * @param file the end of the output file before the export; empty if the output is not a file
     */
    record Pending(LineFormat format, Optional<Position> file, List<String> lines) {
        Pending {
            lines = List.copyOf(lines);
        }
    }

    /** The end of a file: its inode number and its size in bytes. */
    record Position(long inode, long size) {}

    /** Returns this state without pending lines, after they have been written. */
    ExportState written() {
        return new ExportState(boot, number, until, maps, paths, Optional.empty());
    }

    /**
     * Returns the state before an export in another boot, in which all counts have started over.
     */
    ExportState inBoot(String other) {
        return new ExportState(other, number, until, Map.of(), Map.of(), pending);
    }

    /** Returns the counts that were exported for a key; empty if there are none. */
    Map<String, BigInteger> values(int first, String key) {
        Known known = maps.get(first);
        return known == null ? Map.of() : known.values().getOrDefault(key, Map.of());
    }
}
