package org.ringwall.loader.apply;

import java.util.List;
import java.util.Optional;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.sys.Fd;

/** What applying needs of the cgroup hierarchy. */
public interface CgroupView {
    /** Opens the cgroup's directory, as the target of a link. */
    Fd open(Cgroup cgroup);

    /** The cgroup and those above it, nearest first. */
    List<Cgroup> upwards(Cgroup cgroup);

    /** The cgroup with this id, where it exists. */
    Optional<Cgroup> byId(long id);

    /** Whether all cgroups of the machine are in view, so that one that is not found is gone. */
    boolean whole();
}
