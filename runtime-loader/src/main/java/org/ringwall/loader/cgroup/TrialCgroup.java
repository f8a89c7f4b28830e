// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.sys.Fd;

/** A claimed cgroup for a trial of the kernel. */
public record TrialCgroup(ClaimedCgroup claimed) implements AutoCloseable {
    /**
     * Creates a cgroup below that of this process.
     *
     * @throws CgroupException if it cannot be created
     */
    public static TrialCgroup make(KernelCgroups cgroups) {
        return new TrialCgroup(
                cgroups.claim(Cgroups.TRIALS + ProcessHandle.current().pid() + "-" + System.nanoTime()));
    }

    /** Returns the cgroup. */
    public Cgroup cgroup() {
        return claimed.cgroup();
    }

    /** Returns its open directory, to which programs can be attached. */
    public Fd directory() {
        return claimed.directory();
    }

    /** Kills the processes in the cgroup, and removes it. */
    @Override
    public void close() {
        try (claimed) {
            claimed.end();
            claimed.remove();
        }
    }
}
