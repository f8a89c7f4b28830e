// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.sys.Fd;

/** A claimed cgroup by the lock of its directory. */
public final class ClaimedCgroup implements Cgroups.Claimed {
    private final KernelCgroups cgroups;
    private final Cgroup cgroup;
    private final Fd directory;
    private final Ending ending;

    ClaimedCgroup(KernelCgroups cgroups, Cgroup cgroup, Fd locked) {
        this.cgroups = cgroups;
        this.cgroup = cgroup;
        this.directory = locked;
        this.ending = new Ending(cgroups, cgroup);
    }

    @Override
    public Cgroup cgroup() {
        return cgroup;
    }

    /** Returns its open directory, to which programs can be attached. */
    public Fd directory() {
        return directory;
    }

    @Override
    public void end() {
        ending.end();
    }

    @Override
    public void remove() {
        cgroups.remove(cgroup);
    }

    @Override
    public void close() {
        try (directory) {
            ending.close();
        }
    }
}
