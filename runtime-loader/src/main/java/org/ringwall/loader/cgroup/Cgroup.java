package org.ringwall.loader.cgroup;

import java.nio.file.Path;

/**
 * One control group.
 *
 * @param path its directory under the cgroup2 mount
 * @param id the kernel's id: on cgroup2 the inode number of the directory ({@code cgroup_id}, kernfs ids), never reused
 *     while the machine runs
 */
public record Cgroup(Path path, long id) {
    @Override
    public String toString() {
        return path.toString();
    }
}
