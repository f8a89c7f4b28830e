// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

/** The possible CPUs of this machine, as `/sys/devices/system/cpu/possible` lists them: `0-3,8`. */
final class PossibleCpus {
    private PossibleCpus() {}

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
