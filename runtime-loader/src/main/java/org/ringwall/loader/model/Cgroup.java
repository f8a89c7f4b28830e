// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A control group.
 *
 * @param visible its directory under the cgroup2 mount; empty if it is outside of what is mounted
 *     here, as in a cgroup namespace that does not contain it
 * @param id the kernel's id: on cgroup2 the inode number of the directory ({@code cgroup_id},
 *     kernfs ids), never reused while the machine runs
 */
public record Cgroup(Optional<Path> visible, long id) {
    /** Creates a cgroup whose directory is visible. */
    public Cgroup(Path path, long id) {
        this(Optional.of(path), id);
    }

    /**
     * Returns its directory.
     *
     * @throws CgroupException if it is not visible
     */
    public Path path() {
        return visible.orElseThrow(() -> new CgroupException(
                "the cgroup with " + this + " is outside the mounted hierarchy",
                "run this in the initial cgroup namespace"));
    }

    @Override
    public String toString() {
        return visible.map(Path::toString).orElseGet(() -> "id " + Long.toUnsignedString(id));
    }
}
