// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * A cgroup created for one test as a child of the test's own cgroup, and removed with
 * {@link #close}.
 */
public final class ChildCgroup implements AutoCloseable {
    private final KernelCgroups cgroups;
    private final Cgroup cgroup;

    private ChildCgroup(KernelCgroups cgroups, Cgroup cgroup) {
        this.cgroups = cgroups;
        this.cgroup = cgroup;
    }

    /** Creates a cgroup whose name begins with `ringwall-test-`. */
    public static ChildCgroup make() {
        KernelCgroups cgroups = cgroups();
        return below(cgroups, cgroups.own());
    }

    /** Returns the id of the test's own cgroup. */
    public static long homeId() {
        return cgroups().own().id();
    }

    /** Returns the directory of the test's own cgroup. */
    static Path home() {
        return cgroups().own().path();
    }

    private static KernelCgroups cgroups() {
        return KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()));
    }

    /** Creates a child of this cgroup, which must be closed before it. */
    public ChildCgroup child() {
        return below(cgroups, cgroup);
    }

    private static ChildCgroup below(KernelCgroups cgroups, Cgroup parent) {
        String name = "ringwall-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        return new ChildCgroup(cgroups, cgroups.create(parent, name));
    }

    /** Returns its directory. */
    public Path path() {
        return cgroup.path();
    }

    /**
     * Returns its level in the hierarchy, at least 1. The root, at level 0, is the only cgroup
     * without `cgroup.events`.
     */
    public int level() {
        int level = 0;
        for (Path at = path(); at != null && Files.exists(at.resolve("cgroup.events")); at = at.getParent()) {
            level++;
        }
        return level;
    }

    /** Returns the loader's handle of the cgroup. */
    public Cgroup cgroup() {
        return cgroup;
    }

    @Override
    public void close() {
        cgroups.end(cgroup);
        cgroups.remove(cgroup);
    }
}
