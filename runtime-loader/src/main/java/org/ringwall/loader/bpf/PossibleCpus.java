// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The possible CPUs of this machine, as `/sys/devices/system/cpu/possible` lists them: `0-3,8`. */
public final class PossibleCpus {
    private static final Path LIST = Path.of("/sys/devices/system/cpu/possible");

    private PossibleCpus() {}

    /** Returns the number of possible CPUs of this machine. */
    public static int ofThisMachine() {
        try {
            return count(Files.readString(LIST));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + LIST, e);
        }
    }

    /**
     * Returns how many values the kernel copies for one key of a per-CPU map
     * ({@code num_possible_cpus}).
     */
    static int count(String list) {
        int count = 0;
        for (String range : list.strip().split(",", -1)) {
            String[] ends = range.split("-", -1);
            count += 1 + Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]);
        }
        return count;
    }
}
