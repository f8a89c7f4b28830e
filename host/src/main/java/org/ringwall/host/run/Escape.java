// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Cgroups;

/**
 * A search for the cgroups to which a process of this user can move from a cgroup below them.
 *
 * <p>The kernel lets a process move if it may write `cgroup.procs` of the cgroup that it enters and
 * of the nearest cgroup above both ({@code cgroup_procs_write_permission}). A process can therefore
 * leave a cgroup if and only if it can write that file of a cgroup above: it can enter at least
 * that one.
 */
final class Escape {
    private Escape() {}

    /** Returns the file by which a process of this user can leave the cgroup; empty if none. */
    static Optional<Path> from(Cgroups cgroups, Cgroup cgroup) {
        List<Cgroup> chain = cgroups.upwards(cgroup);
        return chain.subList(1, chain.size()).stream()
                .map(above -> above.path().resolve("cgroup.procs"))
                .filter(Files::isWritable)
                .findFirst();
    }
}
