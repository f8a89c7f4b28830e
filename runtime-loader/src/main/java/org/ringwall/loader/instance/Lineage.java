// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.sys.Fd;

/**
 * A record of which counters continue the counts of an earlier map: an empty folder
 * `carried/ID-FIRST` for each map into which an upgrade copied counts, with the id of the map in
 * which these counts began (docs/abi.md section 4). The kernel hands out ids of maps in order, so
 * that an id is not reused before 2^31 maps were created.
 */
final class Lineage {
    private static final String FOLDER = "carried";
    private static final Pattern ENTRY = Pattern.compile("([0-9]{1,10})-([0-9]{1,10})");

    private final Bpf bpf;
    private final PinStore pins;
    private final Path folder;

    Lineage(Bpf bpf, PinStore pins, Path instance) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = instance.resolve(FOLDER);
    }

    /** Notes that a map continues the counts of another one, which may not exist. */
    void note(Optional<Fd> old, Fd fresh) {
        old.ifPresent(open -> {
            try (open) {
                int first = first(bpf.mapInfo(open).id());
                pins.createFolder(folder.resolve(
                        Integer.toUnsignedString(bpf.mapInfo(fresh).id()) + "-" + Integer.toUnsignedString(first)));
            }
        });
    }

    /** Returns the id of the map in which the counts of this map began, which may be its own. */
    int first(int id) {
        for (String name : pins.list(folder)) {
            Matcher entry = ENTRY.matcher(name);
            if (entry.matches() && Integer.parseUnsignedInt(entry.group(1)) == id) {
                return Integer.parseUnsignedInt(entry.group(2));
            }
        }
        return id;
    }

    /**
     * Removes the notes about other maps than these.
     *
     * @param used whether the map with an id is one of them
     */
    void keepOnly(IntPredicate used) {
        boolean kept = false;
        for (String name : pins.list(folder)) {
            Matcher entry = ENTRY.matcher(name);
            if (entry.matches() && used.test(Integer.parseUnsignedInt(entry.group(1)))) {
                kept = true;
            } else {
                pins.removeFolder(folder.resolve(name));
            }
        }
        if (!kept) {
            pins.removeFolder(folder);
        }
    }
}
